"""Facts about what a model predicted, and about the form it is told in."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from kserve_conformance.checks.expect.answers import answered, broken, enough
from kserve_conformance.checks.expect.tensors import flat, same, short, tensors
from kserve_conformance.model import Sample


def predictions(sample: Sample, golden: Sequence[Any]) -> None:
    """V1: the golden predictions, all of them, in order."""
    answered(sample)
    content = sample.json()
    found = content.get("predictions") if isinstance(content, dict) else None
    if not same(found, golden):
        broken(
            sample,
            f"predictions {short(list(golden))}",
            likely="the model server predicts otherwise, or another model answered",
        )


def each_predicts(samples: Sequence[Sample], goldens: Sequence[Sequence[Any]], *, at_least: int) -> None:
    """Every answer is the one to its own question."""
    enough(samples, at_least)
    wrong = []
    for sample, golden in zip(samples, goldens, strict=True):
        content = sample.json()
        if sample.status != 200 or not isinstance(content, dict) or not same(content.get("predictions"), golden):
            wrong.append((sample, golden))
    if wrong:
        sample, golden = wrong[0]
        broken(
            sample,
            f"all {len(samples)} requests to be answered with their golden predictions",
            f"{len(wrong)} were not; the first, which should be {list(golden)}, after {sample.seconds:.2f} s: {sample}",
            likely=sample.likely or "the model server gave the answer to another request",
        )


def output_datatypes(sample: Sample, *, metadata: Sample, golden: Mapping[str, Any]) -> None:
    """As the model's metadata declares them; a server whose metadata lists no outputs is held to the golden answer."""
    answered(metadata)
    answered(sample)
    content = metadata.json()
    declared = (content.get("outputs") if isinstance(content, dict) else None) or golden["outputs"]
    wanted = [each["datatype"] for each in declared]
    found = [each.get("datatype") for each in tensors(sample)]
    if found != wanted:
        broken(
            sample,
            f"output datatypes {wanted}",
            f"{found}",
            likely="the model server declares a datatype that is not the model's",
        )


def shapes_count_data(sample: Sample, *, at_least: int) -> None:
    """The product of a tensor's shape is the number of its elements; for so many tensors at least."""
    answered(sample)
    found = tensors(sample)
    if len(found) < at_least:
        broken(sample, f"at least {at_least} output tensors", f"{len(found)}")
    for tensor in found:
        shape, data = tensor.get("shape"), tensor.get("data")
        if not shape or not isinstance(data, list) or math.prod(shape) != len(flat(data)):
            broken(sample, "a shape whose product is the number of elements", f"shape {shape}, data {str(data)[:80]}")
