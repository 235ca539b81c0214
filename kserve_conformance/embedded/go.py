"""What Go's standard library says and writes where a client can see it: JSON and errors of HTTP clients."""

from __future__ import annotations

import json
import socket
from typing import Any

INVALID = object()
KINDS: dict[type, str] = {list: "array", str: "string", bool: "bool", int: "number", float: "number"}


class DecodeError(Exception):
    """encoding/json could not put a document into an object; the message is its."""


def loads(text: str | bytes) -> Any:
    """Raises ValueError."""
    return json.loads(text, parse_float=_number, parse_constant=_refuse)


def loads_or_missing(text: bytes) -> Any:
    """INVALID when it is no JSON."""
    try:
        return loads(text)
    except ValueError:
        return INVALID


def is_json(text: bytes) -> bool:
    return loads_or_missing(text) is not INVALID


def dumps(value: Any, *, sort: bool = True) -> bytes:
    """As encoding/json: maps sorted (structs are not), nothing between, HTML's characters escaped."""
    text = json.dumps(value, sort_keys=sort, separators=(",", ":"), ensure_ascii=False)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text.encode()


def object_of(text: bytes) -> dict[str, Any] | None:
    """Raises DecodeError."""
    value = loads_or_missing(text)
    if value is INVALID:
        shown = text.lstrip()[:1].decode(errors="replace")
        raise DecodeError(
            f"invalid character '{shown}' looking for beginning of value" if shown else "unexpected end of JSON input"
        )
    if value is None or isinstance(value, dict):
        return value
    raise DecodeError(f"json: cannot unmarshal {KINDS[type(value)]} into Go value of type map[string]interface {{}}")


def client_error(error: Exception) -> str:
    """What net/http says after the method and the URL."""
    cause = getattr(error, "os_error", error)
    host, port = getattr(error, "host", ""), getattr(error, "port", "")
    if isinstance(cause, socket.gaierror):
        return f"dial tcp: lookup {host}: no such host"
    if isinstance(cause, ConnectionRefusedError):
        return f"dial tcp {host}:{port}: connect: connection refused"
    if isinstance(cause, TimeoutError):
        return "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
    return 'unsupported protocol scheme ""' if isinstance(cause, ValueError) else "EOF"


def header(name: str) -> str:
    """As net/http spells a header's name."""
    return "-".join(each.capitalize() for each in name.split("-"))


def _number(text: str) -> float | int:
    """Go writes a whole number without a fraction."""
    value = float(text)
    return int(value) if value.is_integer() and abs(value) < 1e21 else value


def _refuse(text: str) -> None:
    raise ValueError(f"no JSON: {text}")
