"""Tensors to NumPy arrays, data frames and lists, and back (mlserver/codecs)."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import numpy as np
import pandas as pd

from kserve_conformance.embedded.runtimes.mlserver.errors import CodecError
from kserve_conformance.embedded.runtimes.mlserver.types import InferenceRequest, Parameters, Tensor
from kserve_conformance.embedded.runtimes.tensors import DATATYPES, DTYPES, Datatype


def decoded(request: InferenceRequest) -> Any:
    """What the model is given: as the request's content type says, by default its only tensor as an array.

    Raises CodecError for more than one tensor where one is expected.
    """
    if _content_type(request) == "pd":
        return pd.DataFrame({each.name: _series(each) for each in request.inputs})
    if len(request.inputs) != 1:
        raise CodecError(f"The 'np' codec only supports a single input tensor ({len(request.inputs)} were received)")
    return _by_content_type(request.inputs[0])


def encoded(name: str, answer: np.ndarray, *, tagged: bool) -> Tensor:
    """`tagged` since MLServer 1.1: the content type is said, and one dimension is made two."""
    datatype = DATATYPES.get(str(answer.dtype), Datatype.BYTES)
    data = [None if isinstance(each, float) and np.isnan(each) else each for each in answer.flatten().tolist()]
    shape = [*answer.shape, 1] if tagged and answer.ndim == 1 else list(answer.shape)
    parameters = Parameters(content_type="np") if tagged else None
    return Tensor(name=name, shape=shape, datatype=datatype, parameters=parameters, data=data)


def encoded_columns(frame: pd.DataFrame, *, tagged: bool) -> list[Tensor]:
    return [encoded(str(column), frame[column].to_numpy(), tagged=tagged) for column in frame]


def _content_type(part: InferenceRequest | Tensor) -> str | None:
    return part.parameters.content_type if part.parameters else None


def _by_content_type(tensor: Tensor) -> Any:
    kind = _content_type(tensor)
    if kind == "str":
        return [each.decode() if isinstance(each, bytes) else str(each) for each in _flat(tensor)]
    if kind == "base64":
        return [_from_base64(each) for each in _flat(tensor)]
    return _array(tensor)


def _array(tensor: Tensor) -> np.ndarray:
    if tensor.datatype is Datatype.BYTES:
        return np.array(tensor.data, dtype=str).reshape(tensor.shape)
    return np.array(tensor.data, dtype=DTYPES[tensor.datatype]).reshape(tensor.shape)


def _series(tensor: Tensor) -> pd.Series:
    if tensor.datatype is Datatype.BYTES:
        return pd.Series(_by_content_type(tensor) if _content_type(tensor) else _flat(tensor))
    return pd.Series(_array(tensor).reshape(tensor.shape[0], -1)[:, 0])


def _flat(tensor: Tensor) -> list[Any]:
    return tensor.data if isinstance(tensor.data, list) else [tensor.data]


def _from_base64(text: str | bytes) -> bytes:
    plain = text.encode() if isinstance(text, str) else text
    try:
        return base64.b64decode(plain, validate=True)
    except binascii.Error:
        return plain
