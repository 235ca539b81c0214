"""A model's config.pbtxt, and what Triton fills in (core src/model_config_utils.cc, onnxruntime_backend
src/onnxruntime.cc, AutoComplete…)."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.protobuf import json_format, text_format

from kserve_conformance.embedded.runtimes.tensors import Datatype
from kserve_conformance.embedded.runtimes.tritonserver import logs
from kserve_conformance.embedded.runtimes.tritonserver.errors import Code, TritonError

FILE = "config.pbtxt"
# By the name of the model's file, where neither a configuration nor its `platform` says it.
BACKENDS = {
    "model.savedmodel": ("tensorflow", "tensorflow_savedmodel"),
    "model.graphdef": ("tensorflow", "tensorflow_graphdef"),
    "model.plan": ("tensorrt", "tensorrt_plan"),
    "model.onnx": ("onnxruntime", "onnxruntime_onnx"),
    "model.xml": ("openvino", ""),
    "model.pt": ("pytorch", "pytorch_libtorch"),
    "model.py": ("python", ""),
}
WIDE = ("dims", "shape", "versions", "max_sequence_idle_microseconds", "max_queue_delay_microseconds")  # 64 bits


def _schema() -> Any:
    """The message ModelConfig. Its module alone: that of tritonclient's other messages and KServe's have one name."""
    found = importlib.util.find_spec("tritonclient")
    assert found is not None
    assert found.submodule_search_locations is not None
    path = Path(found.submodule_search_locations[0]) / "grpc" / "model_config_pb2.py"
    spec = importlib.util.spec_from_file_location("model_config_pb2", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.ModelConfig


ModelConfig = _schema()


@dataclass(frozen=True)
class Signature:
    """What a model file says of its tensors, by name: data type and shape, -1 for what may vary."""

    inputs: Mapping[str, tuple[Datatype, list[int]]]
    outputs: Mapping[str, tuple[Datatype, list[int]]]


def read(folder: Path, *, strict: bool) -> Any:
    """A ModelConfig, so far as it can be told without the model file. Raises TritonError."""
    path = folder / FILE
    config = ModelConfig()
    if path.exists() or strict:
        try:
            text_format.Parse(path.read_text(), config)
        except OSError as error:
            reason = os.strerror(error.errno or 0)
            raise TritonError(f"failed to open text file for read {path}: {reason}", Code.INTERNAL) from error
        except text_format.ParseError as error:
            # Triton has its parser log the position, and says of it only this.
            logs.error("", f"Error parsing text-format inference.ModelConfig: {error}")
            raise TritonError(f"failed to read text proto from {path}", Code.INTERNAL) from error
    config.name = config.name or folder.name
    _fill_backend(config, folder, guess=not strict)
    if not config.HasField("version_policy"):
        config.version_policy.latest.num_versions = 1
    if config.name != folder.name:
        raise TritonError(
            f"unexpected directory name '{folder.name}' for model '{config.name}', directory name must equal model name"
        )
    return config


def _fill_backend(config: Any, folder: Path, *, guess: bool) -> None:
    named = {platform: backend for backend, platform in BACKENDS.values() if platform}
    config.backend = config.backend or named.get(config.platform, "")
    if not config.backend and guess and not config.platform:
        config.backend, config.platform = _guessed(config, folder)
    for name, (backend, platform) in BACKENDS.items():
        if config.backend == backend and config.platform in ("", platform):
            config.platform = platform
            config.default_model_filename = config.default_model_filename or name
            break
    if not config.backend:
        raise TritonError(f"unexpected platform type '{config.platform}' for {config.name}")


def _guessed(config: Any, folder: Path) -> tuple[str, str]:
    """By what is in the first of the folders."""
    first = next((each for each in sorted(folder.iterdir()) if each.is_dir()), None)
    inside = {each.name for each in first.iterdir()} if first else set()
    return next(
        (found for name, found in BACKENDS.items() if name in (config.default_model_filename or inside)), ("", "")
    )


def complete(config: Any, signature: Signature, *, default_batch: int) -> None:
    """Inputs and outputs that the configuration does not name are the model's. Raises TritonError.

    A model whose every tensor begins with a dimension that may vary takes batches, of `default_batch` at most.
    """
    if config.input and config.output:
        return
    shapes = [shape for _, shape in (*signature.inputs.values(), *signature.outputs.values())]
    if all(shape and shape[0] == -1 for shape in shapes):
        if not config.max_batch_size:
            config.max_batch_size = default_batch
            logs.warning(
                "onnxruntime.cc:802",
                f"autofilled max_batch_size to {default_batch} for model '{config.name}' since batching is supporrted "
                "but no max_batch_size is specified in model configuration. Must specify max_batch_size to utilize "
                "autofill with a larger max batch size",
            )
        if default_batch > 1 and config.max_batch_size > 1 and not config.WhichOneof("scheduling_choice"):
            config.dynamic_batching.SetInParent()
    elif config.max_batch_size:
        raise TritonError(
            f"autofill failed for model '{config.name}': model does not support batching while non-zero "
            "max_batch_size is specified"
        )
    for fields, tensors in ((config.input, signature.inputs), (config.output, signature.outputs)):
        if not fields:
            _fill_tensors(fields, tensors, skipped=1 if config.max_batch_size else 0)


def _fill_tensors(fields: Any, tensors: Mapping[str, tuple[Datatype, list[int]]], *, skipped: int) -> None:
    for name, (datatype, shape) in sorted(tensors.items()):
        field = fields.add(name=name, data_type=type_name(datatype), dims=shape[skipped:] or [1])
        if not shape[skipped:]:
            field.reshape.SetInParent()


def type_name(datatype: Datatype) -> str:
    """As configurations write it."""
    return "TYPE_STRING" if datatype is Datatype.BYTES else f"TYPE_{datatype}"


def datatype_of(field: Any) -> str:
    """As the protocol writes it."""
    name = field.DESCRIPTOR.fields_by_name["data_type"].enum_type.values_by_number[field.data_type].name
    return "BYTES" if name == "TYPE_STRING" else str(name).removeprefix("TYPE_")


def full_shape(config: Any, field: Any) -> list[int]:
    """With the batch's dimension, of which the configuration does not speak."""
    return [*([-1] if config.max_batch_size else []), *field.dims]


def as_json(config: Any) -> Any:
    """As /config answers it."""
    return _narrowed(
        json_format.MessageToDict(config, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)
    )


def _narrowed(value: Any, key: str = "") -> Any:
    """Protobuf's JSON has integers of 64 bits as strings; Triton's does not."""
    if isinstance(value, dict):
        return {name: _narrowed(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_narrowed(each, key) for each in value]
    return int(value) if key in WIDE and isinstance(value, str) else value
