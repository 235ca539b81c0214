"""Profiles as data: which capabilities a kind of platform must have, and which it should have."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from kserve_conformance.catalogue.reading import CatalogueError, mapping, read, text, texts
from kserve_conformance.model import Level, Requirement


@dataclass(frozen=True)
class Profile:
    """What a platform of this kind is measured against."""

    name: str
    summary: str
    must: frozenset[str]
    should: frozenset[str]

    def level(self, requirement: Requirement) -> Level | None:
        """How much this profile asks for the promise; None when it does not ask for it at all."""
        if requirement.capability in self.must:
            return requirement.level
        if requirement.capability in self.should:
            return "SHOULD" if requirement.level == "MUST" else requirement.level
        return None


def load(folder: Path, name: str) -> Profile:
    names = sorted(path.stem for path in folder.glob("*.yaml"))
    if name not in names:
        raise CatalogueError(f"there is no profile {name!r}; the profiles are {', '.join(names) or 'none'}")
    fields = mapping(read(folder / f"{name}.yaml"), f"{name}.yaml", needed=("summary", "must"), allowed=("should",))
    must = frozenset(texts(fields["must"], f"{name}.yaml: must"))
    should = frozenset(texts(fields.get("should") or [], f"{name}.yaml: should"))
    if twice := sorted(must & should):
        raise CatalogueError(f"{name}.yaml: {', '.join(twice)} is both under must and under should")
    return Profile(name=name, summary=text(fields["summary"], f"{name}.yaml: summary"), must=must, should=should)


def check_capabilities(names: Collection[str], known: Collection[str], option: str) -> None:
    """A misspelt capability would silently change nothing."""
    for name in names:
        if name not in known:
            raise CatalogueError(
                f"{option} {name}: no requirement has this capability; known: {', '.join(sorted(known))}"
            )
