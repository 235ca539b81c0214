"""A new revision is rolled out under load: what the users notice, and until when they still meet the old one.

Each request asks for the list of models, since that names who answers: the new revision's model has another name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from kserve_conformance.bench.scenarios import disturbed
from kserve_conformance.bench.subject import Place
from kserve_conformance.load.recorder import Outcome, Row
from kserve_conformance.load.result import NEVER, Figure, Scenario

NEW = "renewed"


def run(place: Place, parameters: disturbed.Parameters, folder: Path) -> Iterator[Scenario]:
    said = parameters
    with place.deployed("bench-rollout", min_replicas=1, max_replicas=1) as service:
        plan = place.plan(
            service,
            rate=said.rate,
            seconds=said.seconds,
            warm_up=said.warm_up,
            seed=said.seed,
            method="GET",
            path="/v1/models",
            body="",
            expected={"models": [NEW]},
        )

        def update() -> None:
            service.update(args=[f"--model_name={NEW}"])

        seen = disturbed.load(place, service, plan, folder, act=update, quiet=said.quiet)
    yield Scenario(
        name="rollout",
        load=f"{said.rate:g}/s open, poisson, {said.seconds:g} s, GET of the models' names; updated after"
        f" {said.quiet:g} s",
        figures=(
            *disturbed.figures(seen, answered=answered, factor=said.factor),
            disturbed.new_pod_ready(seen),
            *turnover(seen.after, at=seen.at),
        ),
        valid=not seen.why,
        why="; ".join(seen.why),
        series=(disturbed.tails(seen, answered),),
    )


def answered(row: Row) -> bool:
    """By the new revision, or by another: what is not from the new one is wrong, but an answer."""
    return row.outcome == Outcome.RIGHT or (row.outcome == Outcome.WRONG and row.status == 200)


def turnover(rows: Sequence[Row], *, at: float) -> Iterator[Figure]:
    """When the new revision answered first, and since when only it does: by the intended start of the requests."""
    new = [row.intended - at for row in rows if row.outcome == Outcome.RIGHT]
    old = [row.intended - at for row in rows if row.outcome == Outcome.WRONG and row.status == 200]
    first = "new revision answers after"
    only = "only the new one answers after"
    if not new:
        for name in (first, only):
            yield Figure(name, None, "s", note=f"{NEVER}: not while the load lasted", better="lower")
        return
    yield Figure(first, min(new), "s", better="lower")
    since = [each for each in new if each > max(old, default=0.0)]
    if since:
        yield Figure(only, min(since), "s", better="lower")
    else:
        yield Figure(only, None, "s", note=f"{NEVER}: not while the load lasted", better="lower")
