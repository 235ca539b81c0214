"""The files that Envoy takes its configuration from (xDS by file: every resource type one file)."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

import orjson

from kserve_conformance.embedded.objects import Obj


class Files:
    """`write` replaces one file of resources when it is not the same already. Whichever Envoy starts finds them."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._versions = itertools.count(1)
        self._written: dict[Path, tuple[int, bytes]] = {}
        for name in ("lds", "cds"):
            self.write(name, [])

    def write(self, name: str, resources: Sequence[Obj]) -> int:
        """The version that they have. Envoy sees a file when it is moved to its place."""
        path, body = self._path(name), orjson.dumps(resources)
        version, before = self._written.get(path, (0, b""))
        if before == body:
            return version
        version = next(self._versions)
        self._written[path] = version, body
        draft = path.with_suffix(".draft")
        draft.write_bytes(b'{"version_info":"%d","resources":%s}' % (version, body))
        draft.rename(path)
        return version

    def source(self, name: str) -> Mapping[str, Obj]:
        """Where Envoy finds the resources called so.

        It watches the file. Told to watch the directory, it would read this one whenever any in there is replaced.
        """
        return {"path_config_source": {"path": str(self._path(name))}}

    def configuration(self) -> Obj:
        """For an Envoy that takes all of it from here."""
        return {"dynamic_resources": {"lds_config": self.source("lds"), "cds_config": self.source("cds")}}

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"
