"""The offline model store: published example URIs, answered by models made here, most of them trained on data
scikit-learn ships."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

BUCKET = "gs://kfserving-examples/"
EXAMPLES = BUCKET + "models/"
# As the data frames that KServe's LightGBM example takes name them.
COLUMNS = ["sepal_length_(cm)", "sepal_width_(cm)", "petal_length_(cm)", "petal_width_(cm)"]


def _iris_classifier(folder: Path) -> None:
    """A support vector classifier on iris, as the published example is; targets are int64 classes 0, 1 and 2."""
    import joblib
    from sklearn.datasets import load_iris
    from sklearn.svm import SVC

    data, target = load_iris(return_X_y=True)
    joblib.dump(SVC(gamma="scale").fit(data, target), folder / "model.joblib")


def _iris_tree(folder: Path) -> None:
    """A second, different model of the same data, for updates and canaries."""
    import joblib
    from sklearn.datasets import load_iris
    from sklearn.tree import DecisionTreeClassifier

    data, target = load_iris(return_X_y=True)
    joblib.dump(DecisionTreeClassifier(max_depth=3, random_state=0).fit(data, target), folder / "model.joblib")


def _iris_xgboost(folder: Path) -> None:
    """A booster that answers with the class, a float, as the published example does."""
    import xgboost
    from sklearn.datasets import load_iris

    data, target = load_iris(return_X_y=True)
    settings = {"max_depth": 6, "eta": 0.1, "nthread": 1, "num_class": 3, "objective": "multi:softmax"}
    xgboost.train(settings, xgboost.DMatrix(data, label=target), 10).save_model(folder / "model.ubj")
    (folder / "model.ubj").rename(folder / "model.bst")


def _iris_lightgbm(folder: Path) -> None:
    """A booster that answers with the shares of the three classes."""
    import lightgbm
    from sklearn.datasets import load_iris

    data, target = load_iris(return_X_y=True)
    settings = {"objective": "multiclass", "num_class": 3, "num_threads": 1, "deterministic": True, "verbose": -1}
    lightgbm.train(settings, lightgbm.Dataset(data, label=target, feature_name=COLUMNS)).save_model(
        folder / "model.bst"
    )


def _iris_onnx(folder: Path) -> None:
    """A logistic regression in a repository of Triton's, with a configuration: before 22.07 it asks for one."""
    from skl2onnx import to_onnx
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression

    data, target = load_iris(return_X_y=True)
    model = LogisticRegression(max_iter=1000).fit(data, target)
    # Triton cannot answer with ZipMap's dictionaries; ONNX Runtime 1.8, of the older Triton, knows these operators.
    options, operators = {"zipmap": False}, {"": 12, "ai.onnx.ml": 2}
    converted = to_onnx(model, data[:1].astype("float32"), options=options, target_opset=operators)
    _triton_repository(
        folder / "iris",
        converted.SerializeToString(),
        """
platform: "onnxruntime_onnx"
input [{ name: "X" data_type: TYPE_FP32 dims: [-1, 4] }]
output [
  { name: "label" data_type: TYPE_INT64 dims: [-1] },
  { name: "probabilities" data_type: TYPE_FP32 dims: [-1, 3] }
]
""",
    )


def _style_onnx(folder: Path) -> None:
    """Stands in for the published model of this name, with its inputs and outputs (KServe's docs/samples/v1beta1/onnx
    has the client): pictures come back blurred, not in the manner of a mosaic."""
    import numpy
    from onnx import TensorProto, helper, numpy_helper

    picture = [1, 3, 224, 224]
    weights = numpy_helper.from_array(numpy.full((3, 1, 3, 3), 1 / 9, dtype="float32"), "weights")
    blur = helper.make_node("Conv", ["input1", "weights"], ["output1"], group=3, pads=[1, 1, 1, 1])
    given, found = (helper.make_tensor_value_info(each, TensorProto.FLOAT, picture) for each in ("input1", "output1"))
    graph = helper.make_graph([blur], "style", [given], [found], [weights])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 12)], ir_version=7)
    _triton_repository(
        folder / "style",
        model.SerializeToString(),
        """
platform: "onnxruntime_onnx"
input [{ name: "input1" data_type: TYPE_FP32 dims: [1, 3, 224, 224] }]
output [{ name: "output1" data_type: TYPE_FP32 dims: [1, 3, 224, 224] }]
""",
    )


def _triton_repository(folder: Path, model: bytes, config: str) -> None:
    """One version of one model."""
    (folder / "1").mkdir(parents=True)
    (folder / "1" / "model.onnx").write_bytes(model)
    (folder / "config.pbtxt").write_text(config.lstrip())


@dataclass(frozen=True)
class Recipe:
    """How a model is trained, and the library whose version decides what its file looks like."""

    package: str
    train: Callable[[Path], None]


CLASSIFIER, TREE = Recipe("sklearn", _iris_classifier), Recipe("sklearn", _iris_tree)
XGBOOST, LIGHTGBM = Recipe("xgboost", _iris_xgboost), Recipe("lightgbm", _iris_lightgbm)
IRIS_ONNX, STYLE_ONNX = Recipe("skl2onnx", _iris_onnx), Recipe("onnx", _style_onnx)

RECIPES: Mapping[str, Recipe] = {
    EXAMPLES + "sklearn/1.0/model": CLASSIFIER,
    EXAMPLES + "sklearn/1.0/model-2": TREE,
    EXAMPLES + "sklearn/1.3/model": CLASSIFIER,
    EXAMPLES + "sklearn/iris": CLASSIFIER,
    EXAMPLES + "xgboost/1.0/model": XGBOOST,
    EXAMPLES + "xgboost/1.5/model": XGBOOST,
    EXAMPLES + "xgboost/iris": XGBOOST,
    EXAMPLES + "lightgbm/1.0/model": LIGHTGBM,
    EXAMPLES + "lightgbm/iris": LIGHTGBM,
    EXAMPLES + "lightgbm/v2/iris": LIGHTGBM,
    EXAMPLES + "onnx": STYLE_ONNX,
    EXAMPLES + "onnx/iris": IRIS_ONNX,  # this one is not published
}


class ModelNotFoundError(RuntimeError):
    """There is nothing at this URI; the message is the storage initializer's (kserve_storage.py)."""


class ModelStore:
    """Trains a model the first time it is asked for and keeps it in a folder of this user."""

    def __init__(self, folder: Path | None = None) -> None:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        self._folder = folder or cache / "kserve-conformance" / "models"

    def fetch(self, uri: str, into: Path) -> None:
        """Copies what is at `uri`, a folder or one file of it, into a folder. Raises ModelNotFoundError."""
        path = uri.rstrip("/")
        if path in RECIPES:
            shutil.copytree(self._trained(RECIPES[path]), into, dirs_exist_ok=True)
            return
        folder, _, name = path.rpartition("/")
        if folder not in RECIPES or not (self._trained(RECIPES[folder]) / name).is_file():
            raise ModelNotFoundError(f"Failed to fetch model. No model found in {uri}.")
        into.mkdir(parents=True, exist_ok=True)
        shutil.copy2(self._trained(RECIPES[folder]) / name, into)

    def _trained(self, recipe: Recipe) -> Path:
        version = importlib.import_module(recipe.package).__version__
        digest = hashlib.sha256((version + inspect.getsource(recipe.train)).encode()).hexdigest()[:16]
        kept = self._folder / digest
        if not kept.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            fresh = Path(tempfile.mkdtemp(dir=self._folder))
            recipe.train(fresh)
            try:
                fresh.rename(kept)
            except OSError:  # somebody else was faster; both trained the same
                shutil.rmtree(fresh)
        return kept
