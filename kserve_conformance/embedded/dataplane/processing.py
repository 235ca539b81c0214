"""The messages of Envoy's external processing that this platform uses (envoy api/envoy/service/ext_proc/v3).

Envoy opens one stream for each request, sends its headers and waits for what to do with it. Because it is to show the
trailers of the response too, if there are any, it closes the stream when the request is over and not before: so whoever
answers knows how long a request lasts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

METHOD = "Process"
SERVICE = "envoy.service.ext_proc.v3.ExternalProcessor"
PACKAGE = "embedded.ext_proc"
FIELD = descriptor_pb2.FieldDescriptorProto
OVERWRITE = 2  # HeaderValueOption.HeaderAppendAction OVERWRITE_IF_EXISTS_OR_ADD

# Message: field: (number, type); a type in [] is repeated.
MESSAGES: dict[str, dict[str, tuple[int, str]]] = {
    "HeaderValue": {"key": (1, "string"), "value": (2, "string"), "raw_value": (3, "bytes")},
    "HeaderMap": {"headers": (1, "[HeaderValue]")},
    "HttpHeaders": {"headers": (1, "HeaderMap")},
    "Request": {"request_headers": (2, "HttpHeaders")},
    "HeaderValueOption": {"header": (1, "HeaderValue"), "append_action": (3, "int32")},
    "HeaderMutation": {"set_headers": (1, "[HeaderValueOption]")},
    "CommonResponse": {"header_mutation": (2, "HeaderMutation")},
    "HeadersResponse": {"response": (1, "CommonResponse")},
    "HttpStatus": {"code": (1, "int32")},
    "ImmediateResponse": {"status": (1, "HttpStatus"), "headers": (2, "HeaderMutation"), "body": (3, "bytes")},
    "TrailersResponse": {},
    "Response": {
        "request_headers": (1, "HeadersResponse"),
        "response_trailers": (6, "TrailersResponse"),
        "immediate_response": (7, "ImmediateResponse"),
    },
}
SCALARS = {"string": FIELD.TYPE_STRING, "bytes": FIELD.TYPE_BYTES, "int32": FIELD.TYPE_INT32}


def _classes() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(name="embedded_ext_proc.proto", package=PACKAGE, syntax="proto3")
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, (number, kind) in fields.items():
            bare = kind.strip("[]")
            label = FIELD.LABEL_REPEATED if kind != bare else FIELD.LABEL_OPTIONAL
            added = message.field.add(name=field, number=number, label=label)
            if bare in SCALARS:
                added.type = SCALARS[bare]
            else:
                added.type, added.type_name = FIELD.TYPE_MESSAGE, f".{PACKAGE}.{bare}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.{name}")) for name in MESSAGES}


_CLASS = _classes()


def request_headers(raw: bytes) -> dict[str, str]:
    """Names in lower case, as Envoy has them."""
    sent = _CLASS["Request"].FromString(raw).request_headers.headers.headers
    return {each.key: each.raw_value.decode("latin-1") for each in sent}


def pass_on(headers: Mapping[str, str]) -> bytes:
    """Let the request go on, with these headers."""
    answer = _CLASS["Response"]()
    _set(answer.request_headers.response.header_mutation, headers)
    return bytes(answer.SerializeToString())


def pass_trailers() -> bytes:
    answer = _CLASS["Response"]()
    answer.response_trailers.SetInParent()
    return bytes(answer.SerializeToString())


def answer_at_once(status: int, body: str, headers: Mapping[str, str]) -> bytes:
    answer = _CLASS["Response"]()
    immediate = answer.immediate_response
    immediate.status.code, immediate.body = status, body.encode()
    _set(immediate.headers, headers)
    return bytes(answer.SerializeToString())


def _set(mutation: Any, headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        added = mutation.set_headers.add(append_action=OVERWRITE)
        added.header.key, added.header.raw_value = name, value.encode("latin-1")
