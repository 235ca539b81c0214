"""Facts about what is still there after something has ended."""

from __future__ import annotations

from collections.abc import Sequence

from kserve_conformance.checks.expect.answers import answered, broken
from kserve_conformance.model import Sample


def files_found(sample: Sample, names: Sequence[str]) -> None:
    """By the witness that answered, where KServe had put its model."""
    answered(sample)
    found = (sample.json() or {}).get("files")
    if found != list(names):
        broken(
            sample,
            f"the fetched model to be there: {', '.join(names)}",
            f"{found}",
            likely="the pod's volume has been emptied, and nothing fetched the model again",
        )
