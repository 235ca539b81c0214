"""The models MLServer's runtimes serve (mlserver_sklearn, mlserver_xgboost, mlserver_lightgbm), and where they are.

Libraries are imported by the model that needs them: a pod has one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from kserve_conformance.embedded.runtimes.mlserver.errors import InferenceError


class Runtime(Protocol):
    """One model, loaded."""

    outputs: tuple[str, ...]  # that may be asked for; the first is the one given unasked

    def answer(self, output: str, instances: Any) -> Any:
        """Raises InferenceError for an output that this model cannot give."""


class SklearnRuntime:
    files = ("model.joblib", "model.pickle", "model.pkl")
    outputs = ("predict", "predict_proba", "transform")

    def __init__(self, path: Path) -> None:
        import joblib

        self._model = joblib.load(path)

    def answer(self, output: str, instances: Any) -> Any:
        last = self._model.steps[-1][-1] if hasattr(self._model, "steps") else self._model
        if output == "predict_proba" and not hasattr(last, output):
            raise InferenceError(f"{type(last)} models do not support '{output}")
        return getattr(self._model, output)(instances)


class XgboostRuntime:
    files = ("model.bst", "model.json", "model.ubj")
    outputs = ("predict", "predict_proba")

    def __init__(self, path: Path) -> None:
        import xgboost

        try:
            self._model: Any = xgboost.XGBRegressor()
            self._model.load_model(path)
        except TypeError:  # saved by a classifier
            self._model = xgboost.XGBClassifier()
            self._model.load_model(path)

    def answer(self, output: str, instances: Any) -> Any:
        if not hasattr(self._model, output):
            raise InferenceError(f"XGBRegressor models do not support '{output}'")
        return getattr(self._model, output)(instances)


class LightgbmRuntime:
    files = ("model.bst",)
    outputs = ("predict",)

    def __init__(self, path: Path) -> None:
        import lightgbm

        self._model = lightgbm.Booster(model_file=path)

    def answer(self, output: str, instances: Any) -> Any:  # noqa: ARG002 - there is only one
        return self._model.predict(instances)


RUNTIMES: Mapping[str, Any] = {
    "mlserver_sklearn.SKLearnModel": SklearnRuntime,
    "mlserver_xgboost.XGBoostModel": XgboostRuntime,
    "mlserver_lightgbm.LightGBMModel": LightgbmRuntime,
}


@dataclass(frozen=True)
class Settings:
    """What is known of a model besides its file (mlserver/settings.py, ModelSettings)."""

    name: str
    implementation: str
    uri: str
    version: str | None = None
    platform: str = ""
    versions: list[str] = field(default_factory=list)
    inputs: list[dict[str, Any]] = field(default_factory=list)
    outputs: list[dict[str, Any]] = field(default_factory=list)


def load(env: Mapping[str, str]) -> dict[str, tuple[Settings, Runtime]]:
    """The models of this server by name; none when it is told not to load any."""
    if env.get("MLSERVER_LOAD_MODELS_AT_STARTUP", "true").lower() == "false":
        return {}
    settings = _settings(env)
    runtime = RUNTIMES.get(settings.implementation)
    if runtime is None:
        raise ImportError(f"the embedded platform has no MLServer runtime {settings.implementation}")
    return {settings.name: (settings, runtime(_file(settings, runtime.files)))}


def _settings(env: Mapping[str, str]) -> Settings:
    """From `model-settings.json` beside the model; what it leaves open, and all without one, from variables."""
    uri = env.get("MLSERVER_MODEL_URI", env.get("MODELS_DIR", "/mnt/models"))
    name = env.get("MLSERVER_MODEL_NAME", "")
    implementation = env.get("MLSERVER_MODEL_IMPLEMENTATION", "")
    path = Path(uri) / "model-settings.json"
    if not path.is_file():
        return Settings(name, implementation, uri)
    said = json.loads(path.read_text())
    parameters = said.get("parameters") or {}
    kept = {each: said[each] for each in ("platform", "versions", "inputs", "outputs") if each in said}
    own = Path(uri) / parameters["uri"] if "uri" in parameters else Path(uri)
    return Settings(
        said.get("name", name),
        said.get("implementation", implementation),
        str(own),
        version=parameters.get("version"),
        **kept,
    )


def _file(settings: Settings, names: tuple[str, ...]) -> Path:
    uri = Path(settings.uri)
    if uri.is_file():
        return uri
    found = next((uri / each for each in names if (uri / each).is_file()), None)
    if found is None:
        raise FileNotFoundError(f"Invalid URI specified for model {settings.name} ({settings.uri})")
    return found
