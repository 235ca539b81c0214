"""The one backend that is here: a model of ONNX Runtime (onnxruntime_backend src/onnxruntime{,_utils}.cc)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from kserve_conformance.embedded.runtimes.tensors import DATATYPES, Datatype
from kserve_conformance.embedded.runtimes.tritonserver import configs
from kserve_conformance.embedded.runtimes.tritonserver.configs import Signature
from kserve_conformance.embedded.runtimes.tritonserver.errors import Code, TritonError

# As ONNX Runtime names element types, where NumPy does not.
ELEMENTS = {"float": "float32", "double": "float64"}
SAID = re.compile(r"\[ONNXRuntimeError\] : (\d+) : \w+ : (.*)", re.DOTALL)


class OnnxModel:
    """One version of a model, loaded, and its configuration, completed."""

    def __init__(self, folder: Path, version: int, config: Any, *, strict: bool, default_batch: int) -> None:
        """Raises TritonError."""
        self.name: str = config.name
        self.version = version
        self.config = config
        path = folder / str(version) / config.default_model_filename
        path = path / "model.onnx" if path.is_dir() else path
        if not path.exists():
            raise TritonError(f"unable to find '{path}' for model instance '{self.name}'", Code.UNAVAILABLE)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # pods share the machine's few cores
        try:
            self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise _translated(error) from error
        signature = Signature(_tensors(self._session.get_inputs()), _tensors(self._session.get_outputs()))
        if not strict:
            configs.complete(config, signature, default_batch=default_batch)
        _check(config, signature)

    def run(self, inputs: Mapping[str, np.ndarray], outputs: list[str]) -> list[np.ndarray]:
        """Raises TritonError for what the model cannot compute."""
        try:
            return list(self._session.run(outputs, dict(inputs)))
        except Exception as error:
            raise _translated(error) from error


def _translated(error: Exception) -> TritonError:
    found = SAID.fullmatch(str(error))
    code, text = found.groups() if found else ("1", str(error))
    return TritonError(f"onnx runtime error {code}: {text}", Code.INTERNAL)


def _tensors(arguments: Any) -> dict[str, tuple[Datatype, list[int]]]:
    """Raises TritonError for what is no tensor: a classifier converted with a ZipMap answers with dictionaries."""
    found = {}
    for each in arguments:
        kind, _, element = each.type.rstrip(")").partition("(")
        if kind != "tensor":
            kinds = {"seq": "SEQUENCE", "map": "MAP", "sparse_tensor": "SPARSETENSOR"}
            raise TritonError(
                f"Unsupported ONNX Type 'ONNX_TYPE_{kinds.get(kind, 'UNKNOWN')}' for I/O '{each.name}', expected "
                "'ONNX_TYPE_TENSOR'.",
                Code.UNSUPPORTED,
            )
        datatype = DATATYPES.get(ELEMENTS.get(element, element), Datatype.BYTES)
        found[each.name] = (datatype, [size if isinstance(size, int) else -1 for size in each.shape])
    return found


def _check(config: Any, signature: Signature) -> None:
    """The configuration speaks of the model that is there. Raises TritonError."""
    if len(signature.inputs) != len(config.input):
        raise TritonError(
            f"unable to load model '{config.name}', configuration expects {len(config.input)} inputs, model provides "
            f"{len(signature.inputs)}"
        )
    for kind, fields, tensors in (
        ("input", config.input, signature.inputs),
        ("output", config.output, signature.outputs),
    ):
        for field in fields:
            if field.name not in tensors:
                allowed = ", ".join(sorted(tensors))
                raise TritonError(f"unexpected inference {kind} '{field.name}', allowed {kind}s are: {allowed}")
            datatype, shape = tensors[field.name]
            if configs.datatype_of(field) != datatype:
                said = configs.type_name(Datatype(configs.datatype_of(field)))
                raise TritonError(
                    f"unable to load model '{config.name}', configuration expects datatype {said} for {kind} "
                    f"'{field.name}', model provides TYPE_{datatype}"
                )
            _check_shape(config, field, shape, exactly=kind == "output")


def _check_shape(config: Any, field: Any, shape: list[int], *, exactly: bool) -> None:
    dims = list(field.reshape.shape if field.HasField("reshape") else field.dims)
    about = f"model '{config.name}', tensor '{field.name}': "
    batched = config.max_batch_size > 0
    if batched and (not shape or shape[0] != -1):
        raise TritonError(
            f"{about}for the model to support batching the shape should have at least 1 dimension and the first "
            f"dimension must be -1; but shape expected by the model is {_written(shape)}"
        )
    full = [-1, *dims] if batched else dims
    if len(shape) == len(full) and all(
        size == wanted or (size == -1 and not exactly) for size, wanted in zip(shape, full, strict=True)
    ):
        return
    batch = (
        "an initial batch dimension because max_batch_size > 0 followed by the explicit tensor shape, making complete "
        if batched
        else ""
    )
    raise TritonError(
        f"{about}the model expects {len(shape)} dimensions (shape {_written(shape)}) but the model configuration "
        f"specifies {len(full)} dimensions ({batch}shape {_written(full)})"
    )


def _written(shape: list[int]) -> str:
    return f"[{','.join(map(str, shape))}]"
