"""A Route's targets as revisions, or why that cannot be said yet (serving pkg/reconciler/route/traffic)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from kserve_conformance.embedded.apiserver.resources import CONFIGURATIONS, REVISIONS
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers import names
from kserve_conformance.embedded.controllers.rollout import Rollout, Share
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.objects import Obj, condition, is_true, labels_of


@dataclass(frozen=True)
class Target:
    revision: str
    configuration: str
    tag: str
    percent: int
    latest: bool


@dataclass(frozen=True)
class Problem:
    """Why the traffic cannot be assigned: a condition's status, reason and message."""

    status: str
    reason: str
    message: str


@dataclass(frozen=True)
class Traffic:
    """`targets` as they are written, those that say the same joined."""

    targets: tuple[Target, ...]

    def groups(self) -> dict[str, tuple[Target, ...]]:
        """What each host name gets: all of it for the Route itself (no tag), one target for each tag."""
        tags = sorted({each.tag for each in self.targets if each.tag})
        of = {tag: [each for each in self.targets if each.tag == tag] for tag in tags}
        return {"": _joined(self.targets), **{tag: _joined(members) for tag, members in of.items()}}

    def rollouts(self) -> tuple[Rollout, ...]:
        """Of the targets that follow a configuration; each has one revision while nothing is being rolled out."""
        found = [
            Rollout(each.configuration, tag, each.percent, (Share(each.revision, each.percent),))
            for tag, members in self.groups().items()
            for each in members
            if each.latest and each.percent
        ]
        return tuple(sorted(found, key=lambda each: (each.tag, each.configuration)))


class Resolver:
    def __init__(self, store: Store, faults: Faults, *, own_revisions_only: bool) -> None:
        self._store = store
        self._faults = faults
        self._own_revisions_only = own_revisions_only

    def resolve(self, route: Obj) -> Traffic | Problem:
        """A failure counts more than what is only not ready yet; of several failures the last one."""
        targets: list[Target] = []
        problem: Problem | None = None
        for each in route["spec"].get("traffic") or ():
            found = self._revision(route, each) if each.get("revisionName") else self._latest(route, each)
            if isinstance(found, Target):
                _add(targets, found)
            elif problem is None or found.status == "False":
                problem = found
        return problem or Traffic(tuple(targets))

    def _latest(self, route: Obj, target: Obj) -> Target | Problem:
        namespace, name = route["metadata"]["namespace"], target["configurationName"]
        configuration = self._store.find(CONFIGURATIONS, namespace, name)
        if configuration is None:
            return _missing("Configuration", name)
        status = configuration.get("status") or {}
        newest, created = status.get("latestReadyRevisionName"), status.get("latestCreatedRevisionName", "")
        if newest and created != newest and self._faults.fires("broken-canary-takes-traffic", namespace):  # F073
            return _target(target, revision=created, configuration=name)
        if not newest:
            if (condition(configuration, "Ready") or {}).get("status") == "False":
                return Problem("False", "RevisionMissing", f'Configuration "{name}" does not have any ready Revision.')
            message = f'Configuration "{name}" is waiting for a Revision to become ready.'
            return Problem("Unknown", "RevisionMissing", message)
        revision = self._store.find(REVISIONS, namespace, newest)
        if revision is None:
            return _missing("Revision", newest)
        return _unready(revision) or _target(target, revision=newest, configuration=name)

    def _revision(self, route: Obj, target: Obj) -> Target | Problem:
        name = target["revisionName"]
        revision = self._store.find(REVISIONS, route["metadata"]["namespace"], name)
        if revision is None:
            return _missing("Revision", name)
        service, owner = labels_of(route).get(names.SERVICE, ""), labels_of(revision).get(names.SERVICE, "")
        if self._own_revisions_only and service and service != owner:
            if owner:
                message = f'Revision "{name}" belongs to Service "{owner}", not Service "{service}".'
            else:
                message = f'Revision "{name}" does not belong to Service "{service}".'
            return Problem("False", "RevisionNotOwned", message)
        configuration = labels_of(revision).get(names.CONFIGURATION, "")
        return _unready(revision) or _target(target, revision=name, configuration=configuration)


def _target(target: Obj, *, revision: str, configuration: str) -> Target:
    return Target(
        revision=revision,
        configuration=configuration,
        tag=target.get("tag", ""),
        percent=target.get("percent") or 0,
        latest=bool(target.get("latestRevision")),
    )


def _missing(kind: str, name: str) -> Problem:
    return Problem("False", f"{kind}Missing", f'{kind} "{name}" referenced in traffic not found.')


def _unready(revision: Obj) -> Problem | None:
    if is_true(revision, "Ready"):
        return None
    name = revision["metadata"]["name"]
    if (condition(revision, "Ready") or {}).get("status") == "False":
        return Problem("False", "RevisionMissing", f'Revision "{name}" failed to become ready.')
    return Problem("Unknown", "RevisionMissing", f'Revision "{name}" is not yet ready.')


def _add(targets: list[Target], fresh: Target) -> None:
    for index, each in enumerate(targets):
        if (each.tag, each.revision, each.latest) == (fresh.tag, fresh.revision, fresh.latest):
            targets[index] = replace(each, percent=each.percent + fresh.percent)
            return
    targets.append(fresh)


def _joined(targets: Iterable[Target]) -> tuple[Target, ...]:
    """One for each revision. A single one gets everything."""
    by_name: dict[str, Target] = {}
    for each in targets:
        seen = by_name.get(each.revision)
        by_name[each.revision] = replace(seen, percent=seen.percent + each.percent) if seen else each
    if len(by_name) == 1:
        return tuple(replace(each, percent=100) for each in by_name.values())
    return tuple(by_name.values())


def shown(traffic: Traffic, rollouts: Iterable[Rollout]) -> Iterator[tuple[Target, Share]]:
    """The targets as `status.traffic` has them: those being rolled out with all their revisions."""
    of = {(each.tag, each.configuration): each for each in rollouts}
    for target in traffic.targets:
        rollout = of.get((target.tag, target.configuration)) if target.latest else None
        if rollout is None or rollout.done:
            yield target, Share(target.revision, target.percent)
        else:
            for share in rollout.shares:
                yield target, share
