"""What Triton makes of a model repository: what is completed, what is refused and with which words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kserve_conformance.embedded.runtimes import tritonserver
from kserve_conformance.embedded.runtimes.tritonserver import configs
from kserve_conformance.embedded.runtimes.tritonserver.errors import TritonError
from kserve_conformance.embedded.runtimes.tritonserver.repository import Repository
from tests.embedded_runtimes.conftest import put

CONFIG = """
platform: "onnxruntime_onnx"
input [{ name: "X" data_type: TYPE_FP32 dims: [-1, 4] }]
output [{ name: "label" data_type: TYPE_INT64 dims: [-1] }]
"""


def repository(folder: Path, *, is_old: bool = False, strict: bool = False, explicit: bool = False) -> Repository:
    made = Repository([folder], strict=strict, is_old=is_old, explicit=explicit)
    made.load_all([])
    return made


@pytest.mark.parametrize(("is_old", "batch"), [(True, 1), (False, 4)])
def test_a_configuration_is_completed(models: Path, is_old: bool, batch: int) -> None:
    config = repository(models, is_old=is_old).find("iris", "").config
    found = configs.as_json(config)
    assert (found["platform"], found["backend"]) == ("onnxruntime_onnx", "onnxruntime")
    assert (found["max_batch_size"], found["default_model_filename"]) == (batch, "model.onnx")
    assert ("dynamic_batching" in found) is not is_old
    assert [(each["name"], each["data_type"], each["dims"]) for each in found["input"]] == [("X", "TYPE_FP32", [4])]
    label, probabilities = found["output"]
    assert (label["dims"], label["reshape"], probabilities["dims"]) == ([1], {"shape": []}, [3])


def test_the_older_version_asks_for_a_configuration(models: Path, capfd: Any) -> None:
    with pytest.raises(TritonError, match=r"^failed to load all models$"):
        repository(models, is_old=True, strict=True)
    reason = f"failed to open text file for read {models}/iris/config.pbtxt: No such file or directory"
    assert f"Poll failed for model directory 'iris': {reason}" in capfd.readouterr().err
    (models / "iris" / "config.pbtxt").write_text(CONFIG)
    assert repository(models, is_old=True, strict=True).find("iris", "").config.max_batch_size == 0


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("nam: 1", "failed to read text proto from {}/iris/config.pbtxt"),
        (
            'name: "rose"',
            "unexpected directory name 'iris' for model 'rose', directory name must equal model name",
        ),
        ('platform: "caffe2"', "unexpected platform type 'caffe2' for iris"),
        (
            'backend: "pytorch"',
            "failed to load 'iris' version 1: Invalid argument: unable to find 'libtriton_pytorch.so' for model "
            "'iris', searched: {0}/iris/1, {0}/iris, /opt/tritonserver/backends/pytorch",
        ),
        (
            CONFIG.replace("FP32", "FP64"),
            "unable to load model 'iris', configuration expects datatype TYPE_FP64 for input 'X', model provides "
            "TYPE_FP32",
        ),
        (CONFIG.replace('"X"', '"Y"'), "unexpected inference input 'Y', allowed inputs are: X"),
        (
            CONFIG.replace("[-1, 4]", "[-1, 5]"),
            "model 'iris', tensor 'X': the model expects 2 dimensions (shape [-1,4]) but the model configuration "
            "specifies 2 dimensions (shape [-1,5])",
        ),
        (
            CONFIG + "max_batch_size: 2",
            "model 'iris', tensor 'X': the model expects 2 dimensions (shape [-1,4]) but the model configuration "
            "specifies 3 dimensions (an initial batch dimension because max_batch_size > 0 followed by the explicit "
            "tensor shape, making complete shape [-1,-1,4])",
        ),
        ("version_policy: { specific { versions: 7 } }", "at least one version must be available"),
        ('default_model_filename: "other.onnx" backend: "onnxruntime"', "unable to find '{}/iris/1/other.onnx' for"),
    ],
)
def test_a_wrong_configuration(models: Path, capfd: Any, config: str, said: str) -> None:
    (models / "iris" / "config.pbtxt").write_text(config)
    with pytest.raises(TritonError, match="failed to load all models"):
        repository(models)
    assert said.format(models) in capfd.readouterr().err


def test_what_is_no_model(models: Path, capfd: Any) -> None:
    """The others are loaded nevertheless; a file beside the models' folders is nothing to Triton."""
    (models / "readme").touch()
    (models / "empty" / "1").mkdir(parents=True)
    put(models / "broken", b"no model")
    served = Repository([models], strict=False, is_old=False, explicit=False)
    with pytest.raises(TritonError):
        served.load_all([])
    said = capfd.readouterr().err
    assert "Poll failed for model directory 'empty': unexpected platform type '' for empty" in said
    assert "failed to load 'broken' version 1: Internal: onnx runtime error 7: Load model from" in said
    assert [(each["name"], each.get("state")) for each in served.index(only_ready=False)] == [
        ("broken", "UNAVAILABLE"),
        ("empty", None),
        ("iris", "READY"),
    ]
    assert [each["name"] for each in served.index(only_ready=True)] == ["iris"]


def test_a_repository_without_models_is_served(tmp_path: Path) -> None:
    assert repository(tmp_path).index(only_ready=False) == []


def test_versions(models: Path, iris_onnx: bytes) -> None:
    for version in (2, 10):
        put(models / "iris", iris_onnx, version=version)
    assert [each.version for each in repository(models).versions()] == [10]
    (models / "iris" / "config.pbtxt").write_text("version_policy: { latest { num_versions: 2 } }")
    served = repository(models)
    assert [each.version for each in served.versions("iris")] == [2, 10]
    assert (served.find("iris", "").version, served.find("iris", "2").version) == (10, 2)
    with pytest.raises(TritonError, match=r"^Request for unknown model: 'iris' version 1 is not found$"):
        served.find("iris", "1")


def test_models_are_loaded_on_request_in_explicit_mode_only(models: Path) -> None:
    with pytest.raises(TritonError, match="explicit model load / unload is not allowed"):
        repository(models).unload("iris")
    served = repository(models, explicit=True)
    assert served.index(only_ready=False) == [{"name": "iris"}]
    served.load("iris")
    assert served.find("iris", "1").name == "iris"
    served.unload("iris")
    assert served.index(only_ready=False)[0]["reason"] == "unloaded"
    with pytest.raises(TritonError, match="'iris' is not found"):
        served.find("iris", "")
    with pytest.raises(TritonError, match="failed to load 'rose', failed to poll from model repository"):
        served.load("rose")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ([], 127, "exec: bash: not found"),
        (["sleep", "1"], 127, "exec: sleep: not found"),
        (["tritonserver"], 1, "model-repository"),
        (["tritonserver", "--model-store=/nowhere/at/all", "--nonsense=1"], 1, "--nonsense=1"),
        (
            ["tritonserver", "--model-store=/nowhere/at/all"],
            1,
            "error: creating server: Internal - failed to stat file /nowhere/at/all\n",
        ),
    ],
)
def test_how_it_ends_without_a_repository(capfd: Any, words: list[str], code: int, said: str) -> None:
    with pytest.raises(SystemExit) as ended:
        tritonserver.main(words)
    assert ended.value.code == code
    assert said in capfd.readouterr().err


@pytest.mark.parametrize(
    ("tag", "release"), [("21.09", "2.14.0"), ("22.12", "2.29.0"), ("23.05", "2.34.0"), ("24.01", "2.42.0")]
)
def test_releases(tag: str, release: str) -> None:
    assert tritonserver._release(tag) == release
