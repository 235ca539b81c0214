"""The messages of the V2 protocol as MLServer validates them (mlserver/types/dataplane.py)."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from kserve_conformance.embedded.runtimes.tensors import Datatype


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
