"""Reading Kubernetes' protobuf: kubectl's typed clients send it and do not fall back to JSON (client-go 1.37).

Only reading: every client accepts a JSON answer. The envelope is apimachinery's `runtime/serializer/protobuf`.
"""

from __future__ import annotations

import base64
import datetime
import struct
from collections.abc import Iterator
from typing import Any

from kserve_conformance.embedded import errors
from kserve_conformance.embedded.apiserver import fields
from kserve_conformance.embedded.objects import Obj

CONTENT_TYPE = "application/vnd.kubernetes.protobuf"
MAGIC = b"k8s\x00"
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
EMPTY: tuple[Any, ...] = ("", 0, False, None, {}, [])


def decode(raw: bytes) -> Obj:
    """Raises ApiError 400 for what is no such message, 415 for a kind this server cannot read that way."""
    if not raw.startswith(MAGIC):
        raise errors.bad_request("the object provided is not in Kubernetes' protobuf encoding")
    try:
        envelope = dict(_parts(raw[len(MAGIC) :]))
        named = dict(_parts(envelope.get(1, b"")))
        api_version, kind = named[1].decode(), named[2].decode()
        name = fields.type_of(api_version, kind)
        if name is None:
            why = f"{kind} in {api_version} cannot be read from {CONTENT_TYPE}: send application/json"
            raise errors.ApiError(415, "UnsupportedMediaType", why)
        return {**_message(name, envelope.get(2, b"")), "apiVersion": api_version, "kind": kind}
    except (KeyError, IndexError, ValueError, AttributeError, struct.error) as error:
        raise errors.bad_request(f"the protobuf object cannot be read: {error!r}") from None


def _message(kind: str, raw: bytes) -> Obj:
    known = {each.number: each for each in fields.fields_of(kind) if each.number}
    found: Obj = {}
    for number, value in _parts(raw):
        field = known.get(number)
        if field is None:
            continue
        if field.taken_over:
            found |= _message(field.type, value)
        elif field.type.startswith("[]"):
            found.setdefault(field.name, []).append(_value(field.type[2:], value))
        elif field.type.startswith("{}"):
            entry = dict(_parts(value))
            text = _value(field.type[2:], entry[2]) if 2 in entry else ""
            found.setdefault(field.name, {})[entry.get(1, b"").decode()] = text
        else:
            one = _value(field.type, value)
            # Go writes zero values of plain fields too; only where absence means something is a zero one kept.
            if field.optional or not any(one == empty and type(one) is type(empty) for empty in EMPTY):
                found[field.name] = one
    return found


def _value(kind: str, value: Any) -> Any:
    match kind:
        case "string":
            return value.decode()
        case "integer":
            return value - (1 << 64) if value >= 1 << 63 else value
        case "boolean":
            return bool(value)
        case "number":
            return struct.unpack("<d", value)[0]
        case "bytes":
            return base64.b64encode(value).decode()
        case "Quantity":
            return dict(_parts(value)).get(1, b"0").decode()
        case "IntOrString":
            parts = dict(_parts(value))
            return parts.get(3, b"").decode() if parts.get(1) else _value("integer", parts.get(2, 0))
        case "Time" | "MicroTime":
            return _time(dict(_parts(value)), micro=kind == "MicroTime")
        case "any":
            return None
    return _message(kind, value)


def _time(parts: dict[int, Any], *, micro: bool) -> str | None:
    if not parts.get(1):
        return None
    moment = datetime.datetime.fromtimestamp(parts[1], datetime.UTC)
    fraction = f".{parts.get(2, 0) // 1000:06d}" if micro else ""
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + fraction + "Z"


def _parts(raw: bytes) -> Iterator[tuple[int, Any]]:
    """Field numbers and values: a number for a varint, bytes for everything else."""
    at = 0
    while at < len(raw):
        tag, at = _varint(raw, at)
        number, wire = tag >> 3, tag & 7
        if wire == VARINT:
            value, at = _varint(raw, at)
            yield number, value
            continue
        if wire == BYTES:
            size, at = _varint(raw, at)
        elif wire in (FIXED32, FIXED64):
            size = 4 if wire == FIXED32 else 8
        else:
            raise ValueError(f"wire type {wire}")
        if at + size > len(raw):
            raise ValueError("cut short")
        yield number, raw[at : at + size]
        at += size


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = raw[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
