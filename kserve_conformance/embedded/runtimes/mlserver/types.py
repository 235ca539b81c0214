"""The messages of the V2 protocol as MLServer validates them (mlserver/types/dataplane.py)."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict


class Datatype(StrEnum):
    BOOL = "BOOL"
    UINT8 = "UINT8"
    UINT16 = "UINT16"
    UINT32 = "UINT32"
    UINT64 = "UINT64"
    INT8 = "INT8"
    INT16 = "INT16"
    INT32 = "INT32"
    INT64 = "INT64"
    FP16 = "FP16"
    FP32 = "FP32"
    FP64 = "FP64"
    BYTES = "BYTES"


class Parameters(BaseModel):
    model_config = ConfigDict(extra="allow")
    content_type: str | None = None


class Tensor(BaseModel):
    """An input or an output."""

    name: str
    shape: list[int]
    datatype: Datatype
    parameters: Parameters | None = None
    data: Any


class RequestOutput(BaseModel):
    name: str
    parameters: Parameters | None = None


class InferenceRequest(BaseModel):
    id: str | None = None
    parameters: Parameters | None = None
    inputs: list[Tensor]
    outputs: list[RequestOutput] | None = None


class InferenceResponse(BaseModel):
    model_config = ConfigDict(protected_namespaces=())
    model_name: str
    model_version: str | None = None
    id: str | None = None
    parameters: Parameters | None = None
    outputs: list[Tensor]


class RepositoryIndexRequest(BaseModel):
    ready: bool | None = None
