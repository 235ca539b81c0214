"""The offline model store: published example URIs, answered by models trained here on data scikit-learn ships."""

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


@dataclass(frozen=True)
class Recipe:
    """How a model is trained, and the library whose version decides what its file looks like."""

    package: str
    train: Callable[[Path], None]


CLASSIFIER, TREE = Recipe("sklearn", _iris_classifier), Recipe("sklearn", _iris_tree)
XGBOOST, LIGHTGBM = Recipe("xgboost", _iris_xgboost), Recipe("lightgbm", _iris_lightgbm)

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
