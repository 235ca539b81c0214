"""What became of every known behaviour of a platform, as data: `manifests/coverage.yaml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from kserve_conformance.catalogue.reading import CatalogueError, mapping, read, text, texts

Verdict = Literal["verified_by", "not_verified", "not_yet"]
_ID = re.compile(r"[A-Z]+-\d{2}")


@dataclass(frozen=True)
class Behaviour:
    """`promises` are those that decide it, `words` what they leave out; with another verdict `promises` decide a detail
    and `words` are the reason, or what a test would do.
    """

    id: str
    title: str
    verdict: Verdict
    promises: tuple[str, ...]
    words: str

    @property
    def area(self) -> str:
        return self.id.partition("-")[0]


@dataclass(frozen=True)
class Coverage:
    """`beyond` are promises that stem from no behaviour, each with where it comes from."""

    behaviours: tuple[Behaviour, ...]
    beyond: Mapping[str, str]


def load(path: Path) -> Coverage:
    content = mapping(read(path), path.name, needed=("behaviours", "beyond"))
    entries, beyond = content["behaviours"], content["beyond"]
    if not isinstance(entries, list):
        raise CatalogueError(f"{path.name}: behaviours: expected a list")
    if not isinstance(beyond, dict):
        raise CatalogueError(f"{path.name}: beyond: expected a mapping of promises to where they come from")
    found: dict[str, Behaviour] = {}
    for position, entry in enumerate(entries, start=1):
        behaviour = _behaviour(entry, f"{path.name}, entry {position}")
        if behaviour.id in found:
            raise CatalogueError(f"{path.name}, entry {position}: {behaviour.id} is used twice")
        found[behaviour.id] = behaviour
    return Coverage(tuple(found.values()), {name: text(why, f"beyond: {name}") for name, why in beyond.items()})


def _behaviour(entry: Any, where: str) -> Behaviour:
    fields = mapping(entry, where, needed=("id", "title"), allowed=(*get_args(Verdict), "apart_from", "in_part"))
    name = text(fields["id"], f"{where}: id")
    if not _ID.fullmatch(name):
        raise CatalogueError(f"{where}: id {name!r} must look like LIFE-03")
    verdict = _verdict(fields, name)
    promises, words = ("verified_by", "apart_from") if verdict == "verified_by" else ("in_part", verdict)
    if stray := {"apart_from", "in_part"} & set(fields) - {promises, words}:
        raise CatalogueError(f"{name}: {stray.pop()} does not go with {verdict}")
    if promises in fields and not fields[promises]:
        raise CatalogueError(f"{name}: {promises} names no promise")
    return Behaviour(
        id=name,
        title=text(fields["title"], f"{name}: title"),
        verdict=verdict,
        promises=texts(fields.get(promises, []), f"{name}: {promises}"),
        words=text(fields[words], f"{name}: {words}") if words in fields else "",
    )


def _verdict(fields: Mapping[str, Any], name: str) -> Verdict:
    found: list[Verdict] = [each for each in get_args(Verdict) if each in fields]
    if len(found) != 1:
        expected = ", ".join(get_args(Verdict))
        raise CatalogueError(f"{name}: expected exactly one of {expected}; found {', '.join(found) or 'none'}")
    return found[0]
