"""Revisions that nobody has needed for long are deleted (serving pkg/reconciler/gc, settings of config-gc)."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from kserve_conformance.embedded.apiserver.resources import CONFIG_MAPS, CONFIGURATIONS, REVISIONS, Resource
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.autoscaler.config import seconds
from kserve_conformance.embedded.controllers import knative_config, names
from kserve_conformance.embedded.controllers.runtime import Mapper
from kserve_conformance.embedded.controllers.workloads import itself, owner_of_kind
from kserve_conformance.embedded.objects import Key, Obj, annotations_of, is_terminating, key_of, labels_of

DISABLED = "disabled"
LOOK_AGAIN = 30.0  # the cluster looks again at its ten-hourly resync; here, so that a short period is kept


@dataclass(frozen=True)
class Settings:
    """Seconds and counts; None: switched off."""

    since_creation: float | None = 48 * 3600.0
    since_active: float | None = 15 * 3600.0
    least: int = 20
    most: int | None = 1000


def settings(data: Mapping[str, str]) -> Settings:
    """Raises ValueError with Knative's message."""

    def duration(key: str, default: float | None) -> float | None:
        text = data.get(key, "")
        if not text:
            return default
        if text.lower() == DISABLED:
            return None
        try:
            return seconds(text)
        except ValueError:
            raise ValueError(f'failed to parse {key}: time: invalid duration "{text}"') from None

    def count(key: str, text: str) -> int:
        if not text.lstrip("-").isdigit():
            raise ValueError(f'failed to parse {key}: strconv.ParseUint: parsing "{text}": invalid syntax')
        return int(text)

    normal = Settings()
    least = count("min-non-active-revisions", data.get("min-non-active-revisions") or str(normal.least))
    text = data.get("max-non-active-revisions") or str(normal.most)
    most = None if text.lower() == DISABLED else count("max-non-active-revisions", text)
    if least < 0:
        raise ValueError(f"min-non-active-revisions must be non-negative, was: {least}")
    if most is not None and least > most:
        raise ValueError(f"min-non-active-revisions({least}) must be <= max-non-active-revisions({most})")
    return Settings(
        since_creation=duration("retain-since-create-time", normal.since_creation),
        since_active=duration("retain-since-last-active-time", normal.since_active),
        least=least,
        most=most,
    )


class RevisionCollector:
    """One Configuration at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def sources(self) -> Mapping[Resource, Mapper]:
        return {CONFIGURATIONS: itself, REVISIONS: owner_of_kind("Configuration"), CONFIG_MAPS: self._all}

    def reconcile(self, key: Key) -> float | None:
        configuration = self._store.find(CONFIGURATIONS, key.namespace, key.name)
        if configuration is None or is_terminating(configuration):
            return None
        revisions = self._store.look(
            REVISIONS, key.namespace, where=lambda each: labels_of(each).get(names.CONFIGURATION) == key.name
        )
        idle = [each for each in revisions if not _is_needed(each, configuration)]
        rules = settings(knative_config.read(self._store, "config-gc"))
        now = datetime.datetime.now(datetime.UTC)
        for each in doomed(idle, rules, now):
            self._store.delete(REVISIONS, key.namespace, each["metadata"]["name"])
        return LOOK_AGAIN if len(idle) > rules.least else None

    def _all(self, config_map: Obj) -> list[Key]:
        if key_of(config_map) != Key(names.SYSTEM, "config-gc"):
            return []
        return [key_of(each) for each in self._store.look(CONFIGURATIONS)]


def doomed(idle: list[Obj], rules: Settings, now: datetime.datetime) -> list[Obj]:
    """Of the revisions without traffic: those that are old by both clocks, then the oldest beyond the most to keep."""
    spare = len(idle) - rules.least
    if spare <= 0:
        return []
    oldest_first = sorted(idle, key=_last_active)
    stale = [each for each in oldest_first if _is_stale(each, rules, now)][:spare]
    if len(stale) == spare or rules.most is None:
        return stale
    rest = [each for each in oldest_first if each not in stale]
    return stale + rest[: max(0, len(rest) - rules.most)]


def _is_needed(revision: Obj, configuration: Obj) -> bool:
    if (configuration.get("status") or {}).get("latestReadyRevisionName") == revision["metadata"]["name"]:
        return True
    if annotations_of(revision).get(names.NO_GC, "").lower() == "true":
        return True
    return labels_of(revision).get(names.ROUTING_STATE) != "reserve" or is_terminating(revision)


def _is_stale(revision: Obj, rules: Settings, now: datetime.datetime) -> bool:
    if rules.since_creation is None and rules.since_active is None:
        return False
    created = datetime.datetime.fromisoformat(revision["metadata"]["creationTimestamp"])
    if rules.since_creation is not None and (now - created).total_seconds() < rules.since_creation:
        return False
    return rules.since_active is None or (now - _last_active(revision)).total_seconds() >= rules.since_active


def _last_active(revision: Obj) -> datetime.datetime:
    changed = annotations_of(revision).get(names.ROUTING_STATE_MODIFIED)
    return datetime.datetime.fromisoformat(changed or revision["metadata"]["creationTimestamp"])
