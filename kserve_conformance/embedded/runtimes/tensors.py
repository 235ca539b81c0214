"""The tensors of the V2 protocol, whoever serves it: their data types, and their data as bytes."""

from __future__ import annotations

import struct
from enum import StrEnum
from typing import Any

import numpy as np


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


DTYPES = {
    Datatype.BOOL: "bool",
    Datatype.UINT8: "uint8",
    Datatype.UINT16: "uint16",
    Datatype.UINT32: "uint32",
    Datatype.UINT64: "uint64",
    Datatype.INT8: "int8",
    Datatype.INT16: "int16",
    Datatype.INT32: "int32",
    Datatype.INT64: "int64",
    Datatype.FP16: "float16",
    Datatype.FP32: "float32",
    Datatype.FP64: "float64",
}
DATATYPES = {dtype: datatype for datatype, dtype in DTYPES.items()}
# Where a gRPC message has the elements when they are not given as bytes.
FIELDS = {
    Datatype.BOOL: "bool_contents",
    **dict.fromkeys((Datatype.UINT8, Datatype.UINT16, Datatype.UINT32), "uint_contents"),
    Datatype.UINT64: "uint64_contents",
    **dict.fromkeys((Datatype.INT8, Datatype.INT16, Datatype.INT32), "int_contents"),
    Datatype.INT64: "int64_contents",
    Datatype.FP32: "fp32_contents",
    Datatype.FP64: "fp64_contents",
    **dict.fromkeys((Datatype.FP16, Datatype.BYTES), "bytes_contents"),
}


def from_raw(content: bytes, datatype: Datatype) -> list[Any]:
    """Elements one after another; those of BYTES with their length in four bytes before them."""
    if datatype is not Datatype.BYTES:
        found: list[Any] = np.frombuffer(content, dtype=DTYPES[datatype]).tolist()
        return found
    texts, start = [], 0
    while start < len(content):
        (length,) = struct.unpack_from("<I", content, start)
        texts.append(content[start + 4 : start + 4 + length])
        start += 4 + length
    return texts


def to_raw(data: list[Any], datatype: Datatype) -> bytes:
    if datatype is not Datatype.BYTES:
        return np.array(data, dtype=DTYPES[datatype]).tobytes()
    return b"".join(struct.pack("<I", len(each)) + each for each in data)
