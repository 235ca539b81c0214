"""What a stack file says: versions and a list of steps, each of one known kind. Unknown keys are errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml


class StackError(Exception):
    """A stack file or an installation step is wrong; the message says what to do."""


@dataclass(frozen=True)
class Istioctl:
    """One `istioctl` call; `version` is what the tool itself must report."""

    version: str
    args: tuple[str, ...]


@dataclass(frozen=True)
class Helm:
    """One release, installed or brought to this version (`helm upgrade --install`)."""

    release: str
    namespace: str
    chart: str
    repo: str = ""
    version: str = ""
    set: Mapping[str, str] = field(default_factory=dict)
    wait: bool = False


@dataclass(frozen=True)
class Apply:
    """One published manifest; its bytes must have this SHA-256."""

    url: str
    sha256: str
    server_side: bool = False


@dataclass(frozen=True)
class Kubectl:
    """One idempotent `kubectl` call, repeated while webhooks come up; `manifest` is a file of ours in manifests/."""

    args: tuple[str, ...]
    manifest: str = ""


@dataclass(frozen=True)
class Wait:
    """`kubectl wait` for what the steps before installed."""

    what: tuple[str, ...]
    condition: str
    namespace: str = ""


@dataclass(frozen=True)
class Rollout:
    """`kubectl rollout status`: the newest version runs, where `wait` is content with an older one."""

    what: str
    namespace: str


@dataclass(frozen=True)
class Clone:
    """A chart source that exists only in git, pinned by tag and commit."""

    url: str
    ref: str
    commit: str


@dataclass(frozen=True)
class Expose:
    """The gateway on a fixed NodePort, which the Kind configuration maps to `address` on this machine."""

    namespace: str
    service: str
    node_port: int
    address: str


Step = Istioctl | Helm | Apply | Kubectl | Wait | Rollout | Clone | Expose
KINDS: Mapping[str, type[Step]] = {
    "istioctl": Istioctl,
    "helm": Helm,
    "apply": Apply,
    "kubectl": Kubectl,
    "wait": Wait,
    "rollout": Rollout,
    "clone": Clone,
    "expose": Expose,
}


@dataclass(frozen=True)
class Stack:
    """One set of versions that fit together, the node image by digest, and the steps in order."""

    name: str
    versions: Mapping[str, str]
    node_image: str
    steps: tuple[Step, ...]


def load(path: Path) -> Stack:
    """Raises StackError when the file is missing or not a stack."""
    try:
        content = yaml.safe_load(path.read_text())
    except OSError:
        known = ", ".join(sorted(each.stem for each in path.parent.glob("*.yaml")))
        raise StackError(f"no stack {path.stem!r}; there are: {known}") from None
    unknown = set(content) - {"name", "versions", "node_image", "steps"}
    if unknown:
        raise StackError(f"{path.name}: unknown key {sorted(unknown)[0]!r}")
    steps = tuple(_step(path, number, each) for number, each in enumerate(content["steps"], start=1))
    return Stack(content["name"], content["versions"], content["node_image"], steps)


def _step(path: Path, number: int, entry: Any) -> Step:
    if not isinstance(entry, dict) or len(entry) != 1:
        raise StackError(f"{path.name}: step {number} must be one of {', '.join(KINDS)}")
    [(kind, values)] = entry.items()
    if kind not in KINDS:
        raise StackError(f"{path.name}: step {number} is a {kind!r}; there are: {', '.join(KINDS)}")
    # `for` is what kubectl calls it and what the file says; it is no Python name.
    given: dict[str, Any] = {
        ("condition" if key == "for" else key): tuple(value) if isinstance(value, list) else value
        for key, value in values.items()
    }
    known = fields(KINDS[kind])
    required = {each.name for each in known if each.default is MISSING and each.default_factory is MISSING}
    wrong = (set(given) - {each.name for each in known}) | (required - set(given))
    if wrong:
        raise StackError(f"{path.name}: step {number} ({kind}): unknown or missing {sorted(wrong)[0]!r}")
    return KINDS[kind](**given)
