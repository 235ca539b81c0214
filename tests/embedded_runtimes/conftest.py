from __future__ import annotations

from pathlib import Path

import pytest

from kserve_conformance.embedded.models import EXAMPLES, ModelStore


@pytest.fixture(scope="session")
def iris_onnx(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A model with the input X and the outputs label and probabilities."""
    folder = tmp_path_factory.mktemp("onnx")
    ModelStore().fetch(EXAMPLES + "onnx/iris", folder)
    return (folder / "iris" / "1" / "model.onnx").read_bytes()


@pytest.fixture
def models(tmp_path: Path, iris_onnx: bytes) -> Path:
    """A model repository with `iris`, without a configuration."""
    put(tmp_path / "models" / "iris", iris_onnx)
    return tmp_path / "models"


def put(folder: Path, model: bytes, config: str | None = None, version: int = 1) -> None:
    (folder / str(version)).mkdir(parents=True)
    (folder / str(version) / "model.onnx").write_bytes(model)
    if config is not None:
        (folder / "config.pbtxt").write_text(config)
