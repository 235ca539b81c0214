"""The offline model store: published example URIs, answered by models trained here on data scikit-learn ships."""

from __future__ import annotations

import hashlib
import inspect
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

EXAMPLES = "gs://kfserving-examples/models/"


def _iris_classifier() -> Any:
    """A support vector classifier on iris, as the published example is; targets are int64 classes 0, 1 and 2."""
    from sklearn.datasets import load_iris
    from sklearn.svm import SVC

    data, target = load_iris(return_X_y=True)
    return SVC(gamma="scale").fit(data, target)


def _iris_tree() -> Any:
    """A second, different model of the same data, for updates and canaries."""
    from sklearn.datasets import load_iris
    from sklearn.tree import DecisionTreeClassifier

    data, target = load_iris(return_X_y=True)
    return DecisionTreeClassifier(max_depth=3, random_state=0).fit(data, target)


RECIPES: Mapping[str, Callable[[], Any]] = {
    EXAMPLES + "sklearn/1.0/model": _iris_classifier,
    EXAMPLES + "sklearn/1.0/model-2": _iris_tree,
}


class ModelNotFoundError(Exception):
    """There is nothing at this URI; the message is the storage initializer's (kserve_storage.py)."""


class ModelStore:
    """Trains a model the first time it is asked for and keeps it in a folder of this user."""

    def __init__(self, folder: Path | None = None) -> None:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        self._folder = folder or cache / "kserve-conformance" / "models"

    def fetch(self, uri: str, into: Path) -> None:
        """Copies what is at `uri` into a folder. Raises ModelNotFoundError."""
        recipe = RECIPES.get(uri.rstrip("/"))
        if recipe is None:
            raise ModelNotFoundError(f"Failed to fetch model. No model found in {uri}.")
        shutil.copytree(self._trained(recipe), into, dirs_exist_ok=True)

    def _trained(self, recipe: Callable[[], Any]) -> Path:
        import joblib
        import sklearn

        digest = hashlib.sha256((sklearn.__version__ + inspect.getsource(recipe)).encode()).hexdigest()[:16]
        kept = self._folder / digest
        if not kept.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            fresh = Path(tempfile.mkdtemp(dir=self._folder))
            joblib.dump(recipe(), fresh / "model.joblib")
            try:
                fresh.rename(kept)
            except OSError:  # somebody else was faster; both trained the same
                shutil.rmtree(fresh)
        return kept
