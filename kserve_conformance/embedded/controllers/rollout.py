"""Gradual rollout: traffic moves to a new revision in equal steps (serving pkg/reconciler/route/traffic/rollout.go).

The state between two looks is an annotation of the Ingress, as on a cluster. Times are nanoseconds since 1970 there.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

ANNOTATION = "networking.internal.knative.dev/rollout"
NANO = 1_000_000_000


@dataclass(frozen=True)
class Share:
    """Percent are of the whole Route's traffic."""

    revision: str
    percent: int


@dataclass(frozen=True)
class Steps:
    """All zero when nothing is being rolled out; only `started` while the gateway has not taken the first percent."""

    started: int = 0
    next: int = 0
    every: int = 0
    size: int = 0


@dataclass(frozen=True)
class Rollout:
    """Of one configuration under one tag: revisions from the oldest to the newest. One of them: nothing to roll out."""

    configuration: str
    tag: str
    percent: int
    shares: tuple[Share, ...]
    steps: Steps = Steps()

    @property
    def done(self) -> bool:
        return len(self.shares) < 2


def begun(rollout: Rollout, before: Rollout, now: int) -> Rollout:
    """The newest of the old revisions that has a share gives one percent to the new one."""
    shares = list(before.shares)
    for index in reversed(range(len(shares))):
        if shares[index].percent > 0:
            shares[index] = replace(shares[index], percent=shares[index].percent - 1)
            break
    kept = tuple(each for each in shares if each.percent)
    return replace(rollout, shares=(*kept, Share(rollout.shares[0].revision, 1)), steps=Steps(started=now))


def observed(rollout: Rollout, *, now: int, seconds: float) -> Rollout:
    """Once the gateway has the first percent: how long that took decides the number of steps."""
    if rollout.steps.every or not rollout.steps.started:
        return rollout
    shortest = max(1.0, float(math.ceil((now - rollout.steps.started) / NANO)))
    left = max(1.0, seconds - shortest)
    rest = rollout.percent - 1
    count = min(float(rest), max(1.0, left / shortest))
    every = left / count * NANO
    steps = replace(rollout.steps, next=int(now + every), every=int(every), size=_rounded(rest / count))
    return replace(rollout, steps=steps)


def stepped(goals: Sequence[Rollout], before: Sequence[Rollout], now: int) -> tuple[tuple[Rollout, ...], int]:
    """What the traffic is to be now, and the time of the next step (0: none)."""
    if not before:
        return tuple(goals), 0
    tags = {each.tag for each in before}
    old = {(each.tag, each.configuration): each for each in before}
    result = []
    for goal in goals:
        previous = old.get((goal.tag, goal.configuration))
        if goal.tag not in tags or previous is None or goal.percent < 2:
            result.append(goal)
        else:
            result.append(_advanced(goal, previous, now))
    result.sort(key=lambda each: (each.tag, each.configuration))
    return tuple(result), min((each.steps.next for each in result if each.steps.next), default=0)


def _advanced(goal: Rollout, before: Rollout, now: int) -> Rollout:
    if not before.shares:
        return goal
    same = goal.shares[0].revision == before.shares[-1].revision
    adjusted = replace(before, shares=_adjusted(goal.percent, before), percent=goal.percent)
    if not same:
        return begun(goal, adjusted, now)
    if len(before.shares) < 2:
        return goal
    going = replace(goal, shares=adjusted.shares, steps=before.steps)
    return _step(going, now) if going.steps.size and not going.done else going


def _adjusted(percent: int, before: Rollout) -> tuple[Share, ...]:
    """More goes to the newest; less is taken from the oldest."""
    shares = list(before.shares)
    difference = percent - before.percent
    if difference > 0:
        shares[-1] = replace(shares[-1], percent=shares[-1].percent + difference)
    while difference < 0 and shares:
        taken = min(shares[0].percent, -difference)
        difference += taken
        shares[0] = replace(shares[0], percent=shares[0].percent - taken)
        if not shares[0].percent:
            del shares[0]
    return tuple(shares)


def _step(rollout: Rollout, now: int) -> Rollout:
    if now < rollout.steps.next:
        return rollout
    *old, newest = rollout.shares
    remaining = rollout.steps.size
    while remaining > 0 and old:
        if old[-1].percent > remaining:
            old[-1] = replace(old[-1], percent=old[-1].percent - remaining)
            break
        remaining -= old.pop().percent
    newest = replace(newest, percent=min(rollout.percent, newest.percent + rollout.steps.size))
    steps = replace(rollout.steps, next=now + rollout.steps.every) if old else Steps()
    return replace(rollout, shares=(*old, newest), steps=steps)


def _rounded(value: float) -> int:
    """Half away from zero, as Go rounds."""
    return math.floor(value + 0.5)


def written(rollouts: Iterable[Rollout]) -> str:
    def steps(each: Steps) -> dict[str, int]:
        named = {"starttime": each.started, "nextStepTime": each.next, "stepDuration": each.every}
        return {name: value for name, value in {**named, "stepSize": each.size}.items() if value}

    configurations = [
        {
            "configurationName": each.configuration,
            **({"tag": each.tag} if each.tag else {}),
            "percent": each.percent,
            "revisions": [{"revisionName": share.revision, "percent": share.percent} for share in each.shares],
            "stepParams": steps(each.steps),
        }
        for each in rollouts
    ]
    return json.dumps({"configurations": configurations} if configurations else {}, separators=(",", ":"))


def read(text: str) -> tuple[Rollout, ...]:
    """What somebody has edited by hand and no longer adds up is ignored."""
    try:
        configurations = json.loads(text or "{}").get("configurations", [])
        found = tuple(_read(each) for each in configurations)
    except (ValueError, TypeError, KeyError, AttributeError):
        return ()
    return found if all(_adds_up(each) for each in found) else ()


def _read(each: dict[str, object]) -> Rollout:
    revisions, steps = each.get("revisions", []), each.get("stepParams", {})
    if not isinstance(revisions, list) or not isinstance(steps, dict):
        raise TypeError("no rollout")
    return Rollout(
        configuration=str(each["configurationName"]),
        tag=str(each.get("tag", "")),
        percent=int(str(each["percent"])),
        shares=tuple(Share(str(share["revisionName"]), int(share["percent"])) for share in revisions),
        steps=Steps(
            started=int(steps.get("starttime", 0)),
            next=int(steps.get("nextStepTime", 0)),
            every=int(steps.get("stepDuration", 0)),
            size=int(steps.get("stepSize", 0)),
        ),
    )


def _adds_up(each: Rollout) -> bool:
    total = sum(share.percent for share in each.shares)
    return each.percent <= 100 and 0 <= each.steps.size <= each.percent and total == each.percent
