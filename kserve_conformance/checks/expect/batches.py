"""Facts about requests that a batcher may send as one."""

from __future__ import annotations

from collections.abc import Sequence

from kserve_conformance.checks.expect.answers import broken, enough, json_object
from kserve_conformance.model import Sample

BATCH_ID = "batchId"


def one_batch(samples: Sequence[Sample], *, at_least: int) -> None:
    """All were answered, out of one and the same batch."""
    enough(samples, at_least)
    for sample in samples:
        if sample.status != 200:
            broken(
                sample,
                f"each of {len(samples)} requests that fill a batch to be answered",
                likely="the agent's batcher waits although its batch is full",
            )
    batches = {json_object(each).get(BATCH_ID) for each in samples}
    if len(batches) != 1 or not all(batches):
        broken(
            samples[0],
            f"one batch of {len(samples)} requests",
            f"{len(batches)} of them: {sorted(map(str, batches))}",
            likely="the agent's batcher sends a batch before it is full",
        )


def each_told_of_failure(samples: Sequence[Sample], *, at_least: int) -> None:
    """Each got an answer that has a message and no predictions."""
    enough(samples, at_least)
    for sample in samples:
        content = json_object(sample)
        if not content.get("message") or content.get("predictions"):
            broken(
                sample,
                f"a message, and no predictions, for each of {len(samples)} requests of a batch that failed",
                likely="the agent's batcher does not tell every caller that the model failed",
            )


def unbatched(sample: Sample, *, by: str) -> None:
    """This model has answered in its own words."""
    content = json_object(sample)
    if sample.status != 200 or content.get("answered_by") != by or BATCH_ID in content:
        broken(
            sample,
            f"{by} to answer in its own words",
            likely="the agent's batcher takes what is no prediction",
        )
