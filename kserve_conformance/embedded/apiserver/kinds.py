"""What a served kind is: where it lives, what it is called, how it is printed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """One printer column: a kubectl heading and the JSONPath of its cell (wide columns have priority 1)."""

    name: str
    path: str
    type: str = "string"
    priority: int = 0


@dataclass(frozen=True)
class ScalePaths:
    """Where an object keeps what its scale subresource shows; the JSONPaths of a CustomResourceDefinition."""

    spec_replicas: str = ".spec.replicas"
    status_replicas: str = ".status.replicas"
    label_selector: str | None = None  # a text in the status; without it, the labels of `.spec.selector`


@dataclass(frozen=True)
class Resource:
    """One served resource: where it lives, what it is called, how it is printed."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool = True
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    subresources: tuple[str, ...] = ("status",)
    scale: ScalePaths | None = None

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def singular(self) -> str:
        return self.kind.lower()

    def __str__(self) -> str:
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def __hash__(self) -> int:
        """Resources are the keys of the store's dictionaries; hashing every column each time would cost more than
        the look-up."""
        return hash((self.group, self.plural))
