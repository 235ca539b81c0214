"""What both protocols of Triton offer (core src/{server,tritonserver,infer_request}.cc)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kserve_conformance.embedded.runtimes.tensors import DATATYPES, Datatype
from kserve_conformance.embedded.runtimes.tritonserver import configs
from kserve_conformance.embedded.runtimes.tritonserver.errors import Code, TritonError
from kserve_conformance.embedded.runtimes.tritonserver.onnx_models import OnnxModel
from kserve_conformance.embedded.runtimes.tritonserver.repository import Repository

EXTENSIONS = (
    "classification",
    "sequence",
    "model_repository",
    "model_repository(unload_dependents)",
    "schedule_policy",
    "model_configuration",
    "system_shared_memory",
    "cuda_shared_memory",
    "binary_tensor_data",
)
NEWER_EXTENSIONS = ("parameters", "statistics", "trace", "logging")


@dataclass(frozen=True)
class Input:
    """One tensor of a request. `flat` are its elements; their number is not yet compared with the shape."""

    name: str
    datatype: str
    shape: Sequence[int]
    flat: np.ndarray


@dataclass(frozen=True)
class Request:
    id: str = ""
    inputs: Sequence[Input] = ()
    outputs: Sequence[str] = ()  # none: all


@dataclass(frozen=True)
class Output:
    name: str
    datatype: Datatype
    array: np.ndarray


@dataclass
class Statistics:
    """Of one version of a model; durations in nanoseconds."""

    counts: Counter[str] = field(default_factory=Counter)
    nanoseconds: Counter[str] = field(default_factory=Counter)
    batches: dict[int, tuple[int, int]] = field(default_factory=dict)  # size: executions and their duration
    last: int = 0


class Server:
    def __init__(self, version: str, repository: Repository, *, is_old: bool) -> None:
        self.version = version
        self.is_old = is_old
        self.repository = repository
        self._statistics: dict[tuple[str, int], Statistics] = {}

    def metadata(self) -> dict[str, Any]:
        more = ("statistics",) if self.is_old else NEWER_EXTENSIONS
        return {"name": "triton", "version": self.version, "extensions": [*EXTENSIONS, *more]}

    def model_metadata(self, name: str, version: str) -> dict[str, Any]:
        """Raises TritonError."""
        model = self.repository.find(name, version)

        def tensors(fields: Any) -> list[dict[str, Any]]:
            return [
                {
                    "name": each.name,
                    "datatype": configs.datatype_of(each),
                    "shape": configs.full_shape(model.config, each),
                }
                for each in fields
            ]

        ready = [version] if version else [str(each.version) for each in self.repository.versions(name)]
        return {
            "name": name,
            "versions": ready,
            "platform": model.config.platform,
            "inputs": tensors(model.config.input),
            "outputs": tensors(model.config.output),
        }

    def is_ready(self, name: str, version: str) -> bool:
        try:
            self.repository.find(name, version)
        except TritonError:
            return False
        return True

    def statistics(self, model: OnnxModel) -> Statistics:
        return self._statistics.setdefault((model.name, model.version), Statistics())

    def infer(self, model: OnnxModel, request: Request) -> list[Output]:
        """Raises TritonError. Only what gets as far as the model is counted, as in Triton."""
        batch, inputs = self._checked(model, request)
        fields = {each.name: each for each in model.config.output}
        wanted = [each for each in fields if each in request.outputs] if request.outputs else list(fields)
        statistics, start = self.statistics(model), time.monotonic_ns()
        try:
            answers = model.run(inputs, wanted)
        except TritonError:
            statistics.counts["fail"] += 1
            statistics.nanoseconds["fail"] += time.monotonic_ns() - start
            raise
        spent, size = time.monotonic_ns() - start, max(1, batch)
        statistics.counts.update(success=1, inferences=size, executions=1)
        statistics.nanoseconds["success"] += spent
        executions, duration = statistics.batches.get(size, (0, 0))
        statistics.batches[size] = (executions + 1, duration + spent)
        statistics.last = time.time_ns() // 1_000_000
        return [_output(fields[name], array, batch) for name, array in zip(wanted, answers, strict=True)]

    def _checked(self, model: OnnxModel, request: Request) -> tuple[int, dict[str, np.ndarray]]:
        """The batch's size, 0 without batches, and the arrays (InferenceRequest::Normalize)."""
        config, name = model.config, model.name
        which = "" if self.is_old else f"[request id: {request.id or '<id_unknown>'}] "
        known = {each.name: each for each in config.input}
        for output in request.outputs:
            if output not in {each.name for each in config.output}:
                raise TritonError(f"unexpected inference output '{output}' for model '{name}'")
        if len(request.inputs) != len(known):
            raise TritonError(
                f"{which}expected {len(known)} inputs but got {len(request.inputs)} inputs for model '{name}'"
            )
        batch = 0
        for each in request.inputs if config.max_batch_size else ():
            if each.name not in known:
                raise _unexpected(each, name)
            if not each.shape:
                raise TritonError(
                    f"{which}input '{each.name}' has no shape but model requires batch dimension for '{name}'"
                )
            batch = batch or each.shape[0]
            if each.shape[0] != batch:
                raise TritonError(f"{which}input '{each.name}' batch size does not match other inputs for '{name}'")
        if batch > config.max_batch_size:
            raise TritonError(f"{which}inference request batch-size must be <= {config.max_batch_size} for '{name}'")
        arrays = {}
        for each in request.inputs:
            if each.name not in known:
                raise _unexpected(each, name)
            arrays[each.name] = self._array(config, known[each.name], each, which)
        return batch, arrays

    def _array(self, config: Any, wanted: Any, given: Input, which: str) -> np.ndarray:
        datatype, shape = configs.datatype_of(wanted), configs.full_shape(config, wanted)
        if given.datatype != datatype:
            said = given.datatype if given.datatype in list(Datatype) else "<invalid>"
            raise TritonError(
                f"{which}inference input data-type is '{said}', model expects '{datatype}' for '{config.name}'"
            )
        if len(given.shape) != len(shape) or any(
            size not in (-1, found) for size, found in zip(shape, given.shape, strict=True)
        ):
            note = "" if self.is_old else f". {BATCH_NOTE if config.max_batch_size else ''}"
            raise TritonError(
                f"{which}unexpected shape for input '{given.name}' for model '{config.name}'. Expected "
                f"{_written(shape)}, got {_written(given.shape)}{note}"
            )
        return _reshaped(given, _target(wanted, given.shape, batched=bool(config.max_batch_size)))


BATCH_NOTE = (
    "NOTE: Setting a non-zero max_batch_size in the model config requires a batch dimension to be prepended to each "
    "input shape. If you want to specify the full shape including the batch dim in your input dims config, try setting "
    "max_batch_size to zero. See the model configuration docs for more info on max_batch_size."
)


def _unexpected(given: Input, name: str) -> TritonError:
    return TritonError(f"unexpected inference input '{given.name}' for model '{name}'")


def _target(wanted: Any, shape: Sequence[int], *, batched: bool) -> list[int]:
    """The shape the model is given, which the configuration may say apart from the request's."""
    if not wanted.HasField("reshape"):
        return list(shape)
    varying = iter(size for size, dim in zip(shape[batched:], wanted.dims, strict=True) if dim == -1)
    return [*shape[:batched], *(next(varying) if dim == -1 else dim for dim in wanted.reshape.shape)]


def _reshaped(given: Input, shape: list[int]) -> np.ndarray:
    """Raises TritonError when there are fewer elements than the shape has; of bytes, what is too much is not read
    (onnxruntime_backend src/onnxruntime.cc, SetInputTensors and SetStringInputTensor)."""
    expected, count = int(np.prod(given.shape)), given.flat.size
    if given.datatype == Datatype.BYTES and count != expected:
        raise TritonError(
            f"unexpected number of string elements {count} for inference input '{given.name}', expecting {expected}"
        )
    if count < expected:
        size = given.flat.itemsize
        raise TritonError(
            f"onnx runtime error 2: not enough space: expected {expected * size}, got {count * size}", Code.INTERNAL
        )
    return given.flat[:expected].reshape(shape)


def _output(wanted: Any, array: np.ndarray, batch: int) -> Output:
    if wanted.HasField("reshape"):
        array = array.reshape([*([batch] if batch else []), *wanted.dims])
    return Output(wanted.name, DATATYPES.get(str(array.dtype), Datatype.BYTES), array)


def _written(shape: Sequence[int]) -> str:
    return f"[{','.join(map(str, shape))}]"
