"""Requirements as data: `manifests/requirements/*.yaml`, a list of promises in each file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from kserve_conformance.catalogue.reading import CatalogueError, mapping, read, text, texts
from kserve_conformance.model import Level, Requirement

COMPONENTS = ("kubernetes", "kserve", "knative", "istio")
_ID = re.compile(r"KC-[A-Z0-9]+-\d{3}")


def load(folder: Path) -> Mapping[str, Requirement]:
    """Every requirement under `folder` by its id."""
    found: dict[str, Requirement] = {}
    for path in sorted(folder.glob("*.yaml")):
        content = read(path)
        if not isinstance(content, list):
            raise CatalogueError(f"{path.name}: expected a list of requirements")
        for position, entry in enumerate(content, start=1):
            requirement = _requirement(entry, f"{path.name}, entry {position}")
            if requirement.id in found:
                raise CatalogueError(f"{path.name}, entry {position}: {requirement.id} is used twice")
            found[requirement.id] = requirement
    if not found:
        raise CatalogueError(f"no requirement found in {folder.name}/; nothing would be promised")
    return found


def _requirement(entry: Any, where: str) -> Requirement:
    fields = mapping(entry, where, needed=("id", "level", "capability", "sentence", "source"), allowed=("versions",))
    name = text(fields["id"], f"{where}: id")
    if not _ID.fullmatch(name):
        raise CatalogueError(f"{where}: id {name!r} must look like KC-LIFE-002")
    sentence = text(fields["sentence"], f"{name}: sentence")
    if not sentence.endswith("."):
        raise CatalogueError(f"{name}: the sentence must end with a full stop: {sentence!r}")
    source = texts(fields["source"], f"{name}: source")
    if not source:
        raise CatalogueError(f"{name}: source is empty; say where the promise is made")
    return Requirement(
        id=name,
        level=_level(fields["level"], name),
        capability=text(fields["capability"], f"{name}: capability"),
        sentence=sentence,
        source=source,
        versions=_versions(fields.get("versions") or {}, name),
    )


def _level(content: Any, name: str) -> Level:
    for level in get_args(Level):
        if content == level:
            return level  # type: ignore[no-any-return]
    raise CatalogueError(f"{name}: level {content!r} must be one of {', '.join(get_args(Level))}")


def _versions(content: Any, name: str) -> Mapping[str, str]:
    ranges = mapping(content, f"{name}: versions", needed=(), allowed=COMPONENTS)
    for component, specifier in ranges.items():
        try:
            SpecifierSet(text(specifier, f"{name}: versions: {component}"))
        except InvalidSpecifier as error:
            raise CatalogueError(f"{name}: versions: {component}: {specifier!r} is no range like '>=0.11'") from error
    return dict(ranges)
