"""Facts about the tensors of V2, and about shares that a classifier gives."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from kserve_conformance.checks.expect.answers import answered, broken, enough, members
from kserve_conformance.model import Sample

TOLERANCE = 1e-6  # relative, for floating-point predictions; whole numbers are labels, and compared exactly
FORMATS = {"INT32": "i", "INT64": "q", "FP32": "f", "FP64": "d"}
HEADER_LENGTH = "inference-header-content-length"


def outputs(sample: Sample, golden: Mapping[str, Any]) -> None:
    """V2: the golden tensors; shape, datatype and data, in order, and data may be nested.

    A column is a vector: of the same classes kserve-sklearnserver says shape [4], MLServer since 1.1 [4, 1].
    """
    answered(sample)
    _golden(sample, tensors(sample), golden)


def binary_outputs(sample: Sample, golden: Mapping[str, Any]) -> None:
    """The same, where the bytes of each tensor follow a JSON object whose length a header tells."""
    answered(sample)
    length = sample.headers.get(HEADER_LENGTH, "")
    if not length.isdigit():
        broken(sample, f"a header {HEADER_LENGTH}, as binary outputs have", likely="the model server answers in JSON")
    head, rest = sample.body[: int(length)], sample.body[int(length) :]
    found = tensors(replace(sample, body=head))
    for each in found:
        size = (each.get("parameters") or {}).get("binary_data_size", 0)
        kind = FORMATS.get(str(each.get("datatype")), "")
        if not kind or size % struct.calcsize(kind) or size > len(rest):
            broken(sample, f"binary data of a known datatype, as many bytes as {each} says", f"{len(rest)} bytes")
        count = size // struct.calcsize(kind)
        each["data"], rest = list(struct.unpack(f"<{count}{kind}", rest[:size])), rest[size:]
    _golden(sample, found, golden)


def each_infers(samples: Sequence[Sample], goldens: Sequence[Sequence[Any]], *, at_least: int) -> None:
    """Every answer has the data of its own question in its only tensor."""
    enough(samples, at_least)
    for sample, golden in zip(samples, goldens, strict=True):
        answered(sample)
        found = [flat(each.get("data")) for each in tensors(sample)]
        if len(found) != 1 or not same(found[0], golden):
            broken(
                sample,
                f"each of {len(samples)} inferences at once to have its own answer, this one {list(golden)}",
                f"{found}",
                likely="the model server gave the answer to another request",
            )


def ids(samples: Sequence[Sample], wanted: Sequence[str], *, at_least: int) -> None:
    """Every answer has the id of its own question."""
    enough(samples, at_least)
    for sample, name in zip(samples, wanted, strict=True):
        members(sample, id=name)


def output_names(sample: Sample, *names: str) -> None:
    """Those outputs and no others, in any order."""
    answered(sample)
    found = sorted(str(each.get("name")) for each in tensors(sample))
    if found != sorted(names):
        broken(
            sample,
            f"outputs {', '.join(sorted(names))}",
            ", ".join(found) or "none",
            likely="the model server answers otherwise",
        )


def largest_shares(sample: Sample, classes: Sequence[int]) -> None:
    """For each row the class with the largest share, all shares of a row being 1 together; V1 or V2."""
    answered(sample)
    content = sample.json()
    found = content.get("predictions") if isinstance(content, dict) else None
    shares = flat(found) if found is not None else [x for each in tensors(sample) for x in flat(each.get("data"))]
    width = len(shares) // len(classes) if classes else 0
    rows = [shares[start : start + width] for start in range(0, len(shares), width or 1)]
    if not rows or len(rows) != len(classes) or not all(_is_share(each) for each in rows):
        broken(
            sample,
            f"{len(classes)} rows of shares that add up to 1",
            f"{rows}"[:200],
            likely="the model server answers otherwise",
        )
    seen = [row.index(max(row)) for row in rows]
    if seen != list(classes):
        broken(sample, f"the largest shares at {list(classes)}", f"{seen}", likely="the model server answers otherwise")


def tensors(sample: Sample) -> list[dict[str, Any]]:
    """Raises BrokenPromise where there is no list of outputs."""
    content = sample.json()
    found = content.get("outputs") if isinstance(content, dict) else None
    if not isinstance(found, list):
        broken(sample, "a JSON object with a list of outputs")
    return found


def flat(data: object) -> list[Any]:
    """Nested lists are as legal as a flat one (Open Inference Protocol, tensor data)."""
    return [leaf for each in data for leaf in flat(each)] if isinstance(data, list) else [data]


def same(found: object, golden: object) -> bool:
    """Alike in every element; floats within TOLERANCE."""
    if isinstance(golden, Sequence) and not isinstance(golden, str):
        return (
            isinstance(found, list)
            and len(found) == len(golden)
            and all(same(one, other) for one, other in zip(found, golden, strict=True))
        )
    if isinstance(found, float) or isinstance(golden, float):
        return (
            isinstance(found, int | float)
            and isinstance(golden, int | float)
            and math.isclose(found, golden, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
        )
    return found == golden


def short(values: object) -> str:
    text = str(values)
    return text if len(text) <= 160 else f"{text[:80]} … {text[-60:]}"


def _golden(sample: Sample, found: list[dict[str, Any]], golden: Mapping[str, Any]) -> None:
    wanted = golden["outputs"]
    if len(found) != len(wanted):
        broken(sample, f"{len(wanted)} output tensors", f"{len(found)}", likely="the model server answers otherwise")
    for tensor, want in zip(found, wanted, strict=True):
        for key, value in want.items():
            seen = flat(tensor.get(key)) if key == "data" else tensor.get(key)
            if not same(seen, value) and not (key == "shape" and seen == [*value, 1]):
                likely = "the model server answers otherwise"
                broken(sample, f"output {key} {short(value)}", short(seen), likely=likely)


def _is_share(row: list[Any]) -> bool:
    return all(isinstance(x, int | float) for x in row) and math.isclose(sum(row), 1, abs_tol=TOLERANCE * len(row))
