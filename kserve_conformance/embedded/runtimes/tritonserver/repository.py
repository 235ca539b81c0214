"""The model repository: what is in it, what of it is loaded (core src/model_{repository_manager,lifecycle}.cc)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kserve_conformance.embedded.runtimes.tritonserver import configs, logs
from kserve_conformance.embedded.runtimes.tritonserver.errors import Code, TritonError
from kserve_conformance.embedded.runtimes.tritonserver.onnx_models import OnnxModel

BACKEND = "onnxruntime"
ELSEWHERE = "/opt/tritonserver/backends"


class Repository:
    def __init__(self, folders: list[Path], *, strict: bool, is_old: bool, explicit: bool) -> None:
        self._folders = folders
        self._strict = strict
        self._is_old = is_old
        self._explicit = explicit
        self._models: dict[str, dict[int, OnnxModel]] = {}
        self._reasons: dict[str, dict[int, str]] = {}  # why versions are not available

    def load_all(self, only: list[str]) -> None:
        """In explicit mode the named ones. Raises TritonError when one of them fails, after all have been tried."""
        for each in self._folders:
            if not each.is_dir():
                raise TritonError(f"failed to stat file {each}", Code.INTERNAL)
        failed = False
        for name in only if self._explicit else sorted(self._names()):
            try:
                self._load(name)
            except TritonError:
                failed = True
        if failed:
            raise TritonError("failed to load all models", Code.INTERNAL)

    def find(self, name: str, version: str) -> OnnxModel:
        """An empty version is the newest. Raises TritonError."""
        if version and not version.isdecimal():
            raise TritonError(
                f"failed to get model version from specified version string '{version}' (details: stol), version "
                "should be an integral value > 0"
            )
        versions = self._models.get(name)
        if versions is None and not self._is_old and name not in self._reasons:
            raise TritonError(f"Request for unknown model: '{name}' is not found", Code.INVALID_ARG)
        what = f"'{name}' is not found"
        if versions is not None:
            found = versions.get(int(version) if version else max(versions, default=0))
            if found is not None:
                return found
            what = f"'{name}' version {version} is not found" if version else f"'{name}' has no available versions"
        code = Code.UNAVAILABLE if self._is_old else Code.NOT_FOUND
        raise TritonError(f"Request for unknown model: {what}", code)

    def versions(self, name: str = "") -> Iterator[OnnxModel]:
        """Those that are ready, of one model or of all."""
        for each in [name] if name else sorted(self._models):
            yield from self._models.get(each, {}).values()

    def index(self, *, only_ready: bool) -> list[dict[str, str]]:
        found: list[dict[str, str]] = []
        for name in sorted(self._names()):
            states = [{"version": str(each), "state": "READY"} for each in self._models.get(name, {})]
            if not only_ready:
                reasons = self._reasons.get(name, {})
                states += [
                    {"version": str(each), "state": "UNAVAILABLE", "reason": why} for each, why in reasons.items()
                ]
                states = states or [{}]
            found += [{"name": name, **each} for each in states]
        return found

    def load(self, name: str) -> None:
        """Raises TritonError."""
        self._check_explicit()
        if name not in self._names():
            raise TritonError(f"failed to load '{name}', failed to poll from model repository", Code.INTERNAL)
        self._load(name)

    def unload(self, name: str) -> None:
        """Raises TritonError. What is not loaded is no error."""
        self._check_explicit()
        self._reasons.setdefault(name, {}).update(dict.fromkeys(self._models.pop(name, {}), "unloaded"))

    def _check_explicit(self) -> None:
        if not self._explicit:
            raise TritonError("explicit model load / unload is not allowed if polling is enabled", Code.UNAVAILABLE)

    def _names(self) -> set[str]:
        return {each.name for folder in self._folders for each in folder.iterdir() if each.is_dir()}

    def _load(self, name: str) -> None:
        """Raises TritonError; the log has the reason."""
        folder = next((each / name for each in self._folders if (each / name).is_dir()), self._folders[0] / name)
        try:
            config = configs.read(folder, strict=self._strict)
        except TritonError as error:
            logs.error("model_repository_manager.cc:1306", f"Poll failed for model directory '{name}': {error}")
            raise
        chosen = _chosen(config, folder)
        if not chosen:
            what = f"at least one version must be available under the version policy of model '{name}'"
            logs.error("model_repository_manager.cc:583", f"failed to load model '{name}': {what}")
            raise TritonError(what)
        loaded = {version: self._version(folder, version, config) for version in chosen}
        ready = {version: model for version, model in loaded.items() if model is not None}
        if len(ready) < len(chosen):
            raise TritonError(f"failed to load '{name}', no version is available", Code.INTERNAL)
        self._models[name] = ready
        logs.info("model_lifecycle.cc:815", f"successfully loaded '{name}'")

    def _version(self, folder: Path, version: int, config: Any) -> OnnxModel | None:
        """None for one that failed."""
        logs.info("model_lifecycle.cc:462", f"loading: {config.name}:{version}")
        own = configs.ModelConfig()
        own.CopyFrom(config)
        reasons = self._reasons.setdefault(config.name, {})
        reasons.pop(version, None)
        try:
            if config.backend != BACKEND:
                raise _no_backend(folder, version, config)
            default_batch = 1 if self._is_old else 4
            return OnnxModel(folder, version, own, strict=self._strict, default_batch=default_batch)
        except TritonError as error:
            logs.error("model_lifecycle.cc:626", f"failed to load '{config.name}' version {version}: {error.logged}")
            reasons[version] = error.logged
            return None


def _chosen(config: Any, folder: Path) -> list[int]:
    """The versions that shall be served."""
    there = sorted(int(each.name) for each in folder.iterdir() if each.is_dir() and each.name.isdecimal())
    policy = config.version_policy
    if policy.HasField("specific"):
        return [each for each in there if each in policy.specific.versions]
    return there if policy.HasField("all") else there[-policy.latest.num_versions :]


def _no_backend(folder: Path, version: int, config: Any) -> TritonError:
    """As of an image of Triton that was composed without it."""
    library = f"libtriton_{config.backend}.so"
    searched = ", ".join((f"{folder}/{version}", str(folder), f"{ELSEWHERE}/{config.backend}"))
    return TritonError(f"unable to find '{library}' for model '{config.name}', searched: {searched}")
