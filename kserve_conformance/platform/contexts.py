"""Which context of the user's kubeconfig a run is about. Read here, and not by the Kubernetes client, because that one
wants a current context even where another is named, and after `kind delete cluster` there often is none."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

# `kind create cluster --name X` calls its context kind-X; scripts/cluster.py names its clusters after the stack.
KIND = "kind-"
OURS = "kind-kserve-conformance-"


class PlatformUnreachable(Exception):  # noqa: N818 - what happened, as the report says it
    """There is nothing to check; `next` is what the user can do."""

    def __init__(self, reason: str, *, next: str) -> None:
        super().__init__(reason)
        self.next = next


@dataclass(frozen=True)
class Contexts:
    """Of all files together; `current` is empty when none is set."""

    names: tuple[str, ...]
    current: str

    @property
    def listed(self) -> str:
        return ", ".join(self.names) or "none at all"


def of_cluster(kubeconfig: str, context: str) -> str:
    """The named context, else the current one, as kubectl chooses. Raises PlatformUnreachable."""
    found = _read(kubeconfig)
    if not context and not found.current:
        raise PlatformUnreachable(
            "the kubeconfig has no current context", next=f"pass --context with one of: {found.listed}"
        )
    return _known(found, context or found.current)


def of_kind(kubeconfig: str, context: str) -> str:
    """The named context, else the only one that `make cluster` made; never the current one, which may be anybody's.
    Raises PlatformUnreachable."""
    found = _read(kubeconfig)
    if context:
        if not context.startswith(KIND):
            raise PlatformUnreachable(
                f"--target kind takes contexts that kind made, named {KIND}..., and this is {context}",
                next=f"for any other cluster: --target cluster --context {context}",
            )
        return _known(found, context)
    ours = [name for name in found.names if name.startswith(OURS)]
    if len(ours) == 1:
        return ours[0]
    if ours:
        raise PlatformUnreachable(
            "more than one Kind cluster is there", next=f"pass --context with one of: {', '.join(ours)}"
        )
    raise PlatformUnreachable(
        f"no context is named {OURS}...; the kubeconfig has: {found.listed}",
        next="make one with `make cluster`, or pass --context kind-NAME, or --target cluster",
    )


def _known(found: Contexts, context: str) -> str:
    if context not in found.names:
        raise PlatformUnreachable(
            f"the kubeconfig has no context {context}", next=f"pass --context with one of: {found.listed}"
        )
    return context


def _read(kubeconfig: str) -> Contexts:
    """As kubectl finds them: the file named, else every file of $KUBECONFIG that exists, else ~/.kube/config."""
    said = os.environ.get("KUBECONFIG") or "~/.kube/config"
    paths = [Path(each).expanduser() for each in ([kubeconfig] if kubeconfig else said.split(os.pathsep)) if each]
    files = [_content(path) for path in paths if path.exists()]
    if not files:
        raise PlatformUnreachable(
            f"there is no kubeconfig {' or '.join(map(str, paths))}",
            next="pass --kubeconfig FILE, or run without --target for a rehearsal on the embedded platform",
        )
    names = dict.fromkeys(str(each["name"]) for content in files for each in content.get("contexts") or ())
    current = next((content["current-context"] for content in files if content.get("current-context")), "")
    return Contexts(tuple(names), current)


def _content(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text())
    except OSError as error:
        raise PlatformUnreachable(f"{path} cannot be read: {error.strerror}", next="pass --kubeconfig FILE") from error
    except (yaml.YAMLError, UnicodeDecodeError):
        content = None
    if not isinstance(content, dict) or content.get("kind", "Config") != "Config":
        raise PlatformUnreachable(f"{path} is no kubeconfig", next="pass --kubeconfig FILE")
    return content
