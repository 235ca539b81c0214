"""Inference requests and answers as JSON, with tensors in it or as bytes behind it (server src/http_server.cc,
EVBufferToInput and FinalizeResponse)."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import rapidjson  # Triton's parser, for the words it says

from kserve_conformance.embedded.runtimes.tensors import DTYPES, Datatype, to_raw
from kserve_conformance.embedded.runtimes.tritonserver import configs
from kserve_conformance.embedded.runtimes.tritonserver.errors import Code, TritonError
from kserve_conformance.embedded.runtimes.tritonserver.onnx_models import OnnxModel
from kserve_conformance.embedded.runtimes.tritonserver.server import Input, Output, Request

LENGTH = struct.Struct("<I")
SAID = re.compile(r"Parse error at offset (\d+): (.*)")


@dataclass(frozen=True)
class Told:
    """How the outputs shall be given: as bytes or as JSON, by default and by name."""

    binary: bool = False
    by_name: Mapping[str, bool] = field(default_factory=dict)


def parsed(text: bytes) -> Any:
    """Whatever it is. Raises TritonError when it is no JSON."""
    try:
        return rapidjson.loads(text, number_mode=rapidjson.NM_NATIVE)
    except (ValueError, UnicodeDecodeError) as error:
        found = SAID.fullmatch(str(error))
        what = f"{found[2]} at {found[1]}" if found else "Invalid encoding in string. at 0"
        raise TritonError(f"failed to parse the request JSON buffer: {what}") from error


def request(model: str, body: bytes, length: int) -> tuple[Request, Told]:
    """`length` of the body's bytes are JSON. Raises TritonError."""
    head, rest = parsed(body[:length]), body[length:]
    identity = _string(head, "id") if "id" in _object(head) else ""
    parameters = _parameters(head)
    binary = _boolean(parameters, "binary_data_output") if "binary_data_output" in parameters else False
    inputs = []
    for each in _array(head, "inputs"):
        given, rest = _input(model, each, rest)
        inputs.append(given)
    if rest:
        raise TritonError(f"unexpected additional input data for model '{model}'")
    outputs = _array(head, "outputs") if "outputs" in head else []
    by_name = {
        _string(each, "name"): "binary_data" in _parameters(each) and _boolean(_parameters(each), "binary_data")
        for each in outputs
    }
    return Request(identity, inputs, list(by_name)), Told(binary, by_name)


def raw(model: OnnxModel, body: bytes) -> Request:
    """The bytes of the only input, without a word about it; since 22.04. Raises TritonError."""
    config = model.config
    if len(config.input) != 1:
        raise TritonError(
            "[request id: <id_unknown>] Raw request must only have 1 input (found 1) to be deduced but got "
            f"{len(config.input)} inputs in '{model.name}' model configuration"
        )
    (wanted,) = config.input
    datatype = Datatype(configs.datatype_of(wanted))
    shape = [*([1] if config.max_batch_size else []), *wanted.dims]
    if shape.count(-1) > 1:
        raise TritonError(
            f"[request id: <id_unknown>] The shape of the raw input '{wanted.name}' can not be deduced because there "
            "are more than one variable-sized dimension"
        )
    flat = np.array([text(body)], dtype=object) if datatype is Datatype.BYTES else elements(wanted.name, body, datatype)
    known = int(np.prod([each for each in shape if each != -1]))
    return Request(
        "", [Input(wanted.name, datatype, [flat.size // known if each == -1 else each for each in shape], flat)]
    )


def response(model: OnnxModel, asked: Request, outputs: list[Output], told: Told) -> tuple[dict[str, Any], list[bytes]]:
    """The JSON, and what comes behind it. Raises TritonError."""
    described, parts = [], []
    for each in outputs:
        entry: dict[str, Any] = {"name": each.name, "datatype": each.datatype, "shape": list(each.array.shape)}
        if told.by_name.get(each.name, told.binary):
            content = as_bytes(each)
            entry["parameters"] = {"binary_data_size": len(content)}
            parts.append(content)
        elif each.datatype is Datatype.FP16:
            raise TritonError(
                "sending FP16 data via JSON is not supported. Please use the binary data format for output"
            )
        else:
            entry["data"] = each.array.flatten().tolist()
        described.append(entry)
    identity = {"id": asked.id} if asked.id else {}
    head = {**identity, "model_name": model.name, "model_version": str(model.version), "outputs": described}
    return head, [each for each in parts if each]


def as_bytes(output: Output) -> bytes:
    if output.datatype is not Datatype.BYTES:
        return output.array.tobytes()
    return to_raw([str(each).encode() for each in output.array.flatten()], Datatype.BYTES)


def elements(name: str, content: bytes, datatype: str) -> np.ndarray:
    """Of an input that is given as bytes. Raises TritonError."""
    if datatype == Datatype.BYTES:
        return np.array(list(_strings(name, content)), dtype=object)
    if datatype not in list(Datatype):
        return np.frombuffer(content, dtype="uint8")  # which the model's will not be
    dtype = np.dtype(DTYPES[Datatype(datatype)])
    return np.frombuffer(content[: len(content) // dtype.itemsize * dtype.itemsize], dtype=dtype)


def text(content: bytes) -> str:
    """ONNX Runtime takes strings from Python as text only."""
    return content.decode(errors="replace")


def _strings(name: str, content: bytes) -> Iterator[str]:
    """Each with its length in four bytes before it."""
    while len(content) >= LENGTH.size:
        (length,) = LENGTH.unpack_from(content)
        content = content[LENGTH.size :]
        if length > len(content):
            raise TritonError(
                f"incomplete string data for inference input '{name}', expecting string of length {length} but only "
                f"{len(content)} bytes available"
            )
        yield text(content[:length])
        content = content[length:]


def _input(model: str, entry: Any, rest: bytes) -> tuple[Input, bytes]:
    """And what of the bytes behind the JSON is left. Raises TritonError."""
    parameters = _parameters(entry)
    given = [name for name, holder in (("data", entry), ("binary_data_size", parameters)) if name in _object(holder)]
    if len(given) != 1:
        but = " set" + "".join(f" '{name}'" for name in given) if given else " no field is set"
        raise TritonError(
            "Input must set only one of the following fields: 'data', 'binary_data_size' in 'parameters', "
            f"'shared_memory_region' in 'parameters'. But{but}"
        )
    name, datatype = _string(entry, "name"), _string(entry, "datatype")
    shape = [_natural(each, "shape") for each in _array(entry, "shape")]
    if given == ["data"]:
        return Input(name, datatype, shape, _from_json(name, datatype, shape, _array(entry, "data"))), rest
    size = _natural(parameters["binary_data_size"], "binary_data_size")
    if len(rest) < size:
        raise TritonError(
            f"unexpected size for input '{name}', expecting {size - len(rest)} additional bytes for model '{model}'"
        )
    return Input(name, datatype, shape, elements(name, rest[:size], datatype)), rest[size:]


def _from_json(name: str, datatype: str, shape: list[int], data: list[Any]) -> np.ndarray:
    if datatype == Datatype.FP16:
        raise TritonError(
            f"receiving FP16 data via JSON is not supported. Please use the binary data format for input {name}"
        )
    if datatype not in list(Datatype):
        raise TritonError(f"invalid datatype for input {name}")
    flat = [_element(each, datatype) for each in _leaves(data)]
    if datatype == Datatype.BYTES:
        return np.array(flat, dtype=object)
    if len(flat) != int(np.prod(shape)):
        raise TritonError("Unable to parse 'data': Shape does not match true shape of 'data' field", Code.INTERNAL)
    with np.errstate(over="ignore"):
        return np.array(flat).astype(DTYPES[Datatype(datatype)])  # integers wrap around, as in C++


def _leaves(data: list[Any]) -> Iterator[Any]:
    for each in data:
        if isinstance(each, list):
            yield from _leaves(each)
        else:
            yield each


def _element(value: Any, datatype: str) -> Any:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if datatype == Datatype.BOOL:
        fits, kind = isinstance(value, bool), "non-boolean as boolean"
    elif datatype == Datatype.BYTES:
        fits, kind = isinstance(value, str), "non-string as string"
    elif datatype.startswith("UINT"):
        fits, kind = whole and 0 <= value < 1 << 64, "non-unsigned-integer as unsigned-integer"
    elif datatype.startswith("INT"):
        fits, kind = whole and -(1 << 63) <= value < 1 << 63, "non-signed-integer as signed-integer"
    else:
        fits, kind = whole or isinstance(value, float), "non-number as double"
    if not fits:
        raise TritonError(f"Unable to parse 'data': attempt to access JSON {kind}", Code.INTERNAL)
    return value


def _member(holder: Any, name: str) -> Any:
    if not isinstance(holder, dict) or name not in holder:
        raise TritonError(f"Unable to parse '{name}': attempt to access non-existing object member '{name}'")
    return holder[name]


def _array(holder: Any, name: str) -> list[Any]:
    found = _member(holder, name)
    if not isinstance(found, list):
        raise TritonError(f"Unable to parse '{name}': attempt to access existing object member '{name}' as array")
    return found


def _string(holder: Any, name: str) -> str:
    found = _member(holder, name)
    if not isinstance(found, str):
        raise TritonError(f"Unable to parse '{name}': attempt to access JSON non-string as string")
    return found


def _boolean(holder: Any, name: str) -> bool:
    found = _member(holder, name)
    if not isinstance(found, bool):
        raise TritonError(f"Unable to parse '{name}': attempt to access JSON non-boolean as boolean")
    return found


def _natural(value: Any, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TritonError(f"Unable to parse '{name}': attempt to access JSON non-unsigned-integer as unsigned-integer")
    return value


def _parameters(holder: Any) -> dict[str, Any]:
    return _object(_object(holder).get("parameters"))


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
