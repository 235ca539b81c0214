"""A made-up cluster: objects that are there, and kinds this user may not see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kserve_conformance.kube.client import Kind, KubeError

Obj = dict[str, Any]


class MadeUp:
    """What `Client` answers, without a server; `paths` are answers to plain GETs."""

    def __init__(self) -> None:
        self._objects: list[tuple[Kind, Obj]] = []
        self.paths: dict[str, Obj] = {"/version": {"gitVersion": "v1.33.4"}}
        self.refused: dict[Kind, int] = {}
        self.allowed = True

    def add(self, kind: Kind, name: str, namespace: str = "", **content: Any) -> None:
        metadata = {"name": name, "namespace": namespace, **content.pop("metadata", {})}
        self._objects.append((kind, {"metadata": metadata, **content}))

    def serves(self, group: str, *kinds: str) -> None:
        version = f"{group}/v1"
        self.paths[f"/apis/{group}"] = {"versions": [{"groupVersion": version}]}
        resources = [{"kind": each, "name": f"{each.lower()}s{sub}"} for each in kinds for sub in ("", "/status")]
        self.paths[f"/apis/{version}"] = {"resources": resources}

    def list(self, kind: Kind, namespace: str = "") -> list[Obj]:
        if kind in self.refused:
            raise KubeError(self.refused[kind], "Refused", f"no {kind.plural} for you")
        return [
            obj
            for known, obj in self._objects
            if known == kind and (not namespace or obj["metadata"]["namespace"] == namespace)
        ]

    def get(self, kind: Kind, name: str, namespace: str = "") -> Obj | None:
        return next((each for each in self.list(kind, namespace) if each["metadata"]["name"] == name), None)

    def call(self, method: str, path: str) -> Obj:
        assert method == "GET"
        if path not in self.paths:
            raise KubeError(404, "NotFound", f"no {path}")
        return self.paths[path]

    def create(self, kind: Kind, review: Obj) -> Obj:
        assert kind.name == review["kind"] == "SelfSubjectAccessReview"
        return {**review, "status": {"allowed": self.allowed}}


@pytest.fixture
def cluster() -> MadeUp:
    return MadeUp()


@pytest.fixture
def kubeconfig(tmp_path: Any) -> Callable[..., str]:
    """Writes a kubeconfig with these contexts, all of one server."""

    def write(*names: str, current: str = "", server: str = "https://127.0.0.1:1", name: str = "config") -> str:
        listed = "".join(f"- {{name: {each}, context: {{cluster: c, user: u}}}}\n" for each in names)
        path = tmp_path / name
        path.write_text(
            f"kind: Config\ncurrent-context: '{current}'\ncontexts:\n{listed or '  []'}\n"
            f"clusters: [{{name: c, cluster: {{server: '{server}'}}}}]\nusers: [{{name: u, user: {{token: t}}}}]\n"
        )
        return str(path)

    return write
