"""YAML that people write by hand: a slip in it is an error that says where it is and what would be right."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import yaml


class CatalogueError(ValueError):
    """A file of the catalogue is not what it must be."""


def read(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CatalogueError(f"{path.name}: cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise CatalogueError(f"{path.name}: is not YAML: {' '.join(str(error).split())}") from error


def mapping(content: Any, where: str, *, needed: Collection[str], allowed: Collection[str] = ()) -> Mapping[str, Any]:
    """`content` as a mapping with all `needed` keys and no key that is neither needed nor `allowed`."""
    if not isinstance(content, dict):
        raise CatalogueError(f"{where}: expected a mapping with the keys {_names(needed)}, found {_kind(content)}")
    unknown = [str(key) for key in content if key not in (*needed, *allowed)]
    if unknown:
        raise CatalogueError(f"{where}: unknown key {_names(unknown)}; the keys are {_names([*needed, *allowed])}")
    missing = [key for key in needed if key not in content]
    if missing:
        raise CatalogueError(f"{where}: {_names(missing)} is missing; needed are {_names(needed)}")
    return content


def text(content: Any, where: str) -> str:
    if not isinstance(content, str) or not content.strip():
        raise CatalogueError(f"{where}: expected some text, found {_kind(content)}")
    return " ".join(content.split())


def texts(content: Any, where: str) -> tuple[str, ...]:
    if not isinstance(content, list):
        raise CatalogueError(f"{where}: expected a list, found {_kind(content)}")
    return tuple(text(each, where) for each in content)


def _kind(content: Any) -> str:
    return "nothing" if content is None else f"{type(content).__name__} {content!r}"


def _names(keys: Collection[str]) -> str:
    return ", ".join(repr(key) for key in keys)
