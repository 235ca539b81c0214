"""What KServe's own model servers have in common: KServe's ModelServer around one model, or around a folder of models.

Read at kserve v0.20.0 python/{sklearnserver,xgbserver,lgbserver}/*/{__main__,model}.py and the same of v0.10.0: one
model file in the folder, and every failure of the model an InferenceError.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kserve import Model, ModelRepository, ModelServer, model_server
from kserve.errors import InferenceError, ModelMissingError
from kserve.logging import logger
from kserve.metrics import PREDICT_HIST_TIME
from prometheus_client import REGISTRY

from kserve_conformance.embedded.runtimes import kserve_0_10, misbehaving, seeded, version

OLD_KEEP_ALIVE = 5  # seconds, uvicorn's; the option and its default of 65 came with 0.18


class FileModel(Model):  # type: ignore[misc]
    """A model in one file, loaded before the server listens."""

    extensions: tuple[str, ...]

    def __init__(self, name: str, folder: Path, threads: int) -> None:
        super().__init__(name)
        self._folder = folder
        self._threads = threads

    def load_file(self, path: Path) -> None:
        """Loads the model in a file."""
        raise NotImplementedError

    def infer(self, payload: Any) -> Any:
        """The answer to a request of either protocol; whatever it raises is the model's failure."""
        raise NotImplementedError

    def infer_as_0_10(self, payload: Any) -> Any:
        """The same in KServe 0.10, whose servers of this kind know V1 only."""
        raise NotImplementedError

    def load(self) -> bool:
        files = [each for each in sorted(self._folder.iterdir()) if each.is_file() and each.suffix in self.extensions]
        if not files:
            raise ModelMissingError(str(self._folder))
        if len(files) > 1:
            names = [str(each) for each in files]
            raise RuntimeError(f"More than one model file is detected, Only one is allowed within model_dir: {names}")
        self.load_file(files[0])
        self.ready = True
        return self.ready

    def predict(self, payload: Any, headers: dict[str, str] | None = None) -> Any:  # noqa: ARG002 - KServe's signature
        infer = self.infer_as_0_10 if kserve_0_10.is_emulated() else self.infer
        try:
            return infer(payload)
        except Exception as error:
            raise InferenceError(str(error)) from error


MakeModel = Callable[[str, Path, int], FileModel]


class FolderRepository(ModelRepository):  # type: ignore[misc]
    """Every sub-folder is a model; KServe's servers turn to it when there is no model file itself."""

    def __init__(self, folder: Path, make: Callable[[str, Path], FileModel]) -> None:
        super().__init__(str(folder))
        self._make = make
        self.load_models()

    async def load(self, name: str) -> bool:
        return self.load_model(name)

    def load_model(self, name: str) -> bool:
        model = self._make(name, Path(self.models_dir) / name)
        if model.load():
            self.update(model)
        return bool(model.ready)


def parser() -> argparse.ArgumentParser:
    """The options of every server of this kind."""
    options = argparse.ArgumentParser(parents=[model_server.parser], conflict_handler="resolve")
    options.add_argument("--model_dir", type=Path, required=True)
    options.add_argument("--nthread", type=int, default=1)
    return options


def serve(make: MakeModel, options: argparse.Namespace) -> None:
    """Until SIGTERM; an exception ends the process before anything listens."""
    if "metrics-missing" in seeded():  # F110
        REGISTRY.unregister(PREDICT_HIST_TIME)
    model = make(options.model_name, options.model_dir, options.nthread)
    try:
        model.load()
    except ModelMissingError:
        logger.error(
            f"failed to locate model file for model {options.model_name} under dir {options.model_dir}, "
            "trying to load from model repository."
        )
        folder = FolderRepository(options.model_dir, lambda name, path: make(name, path, options.nthread))
        server(options, registered_models=folder).start([])
    except Exception:
        if "ready-with-failed-model" not in seeded():  # F002
            raise
        server(options, registered_models=ModelRepository(str(options.model_dir))).start([])
    else:
        server(options).start([model])


def server(options: argparse.Namespace, **more: Any) -> ModelServer:
    """KServe's server as its options say, in one process: pods have one core. It is of the image's version."""
    model_server.args = options
    if kserve_0_10.is_emulated():
        kserve_0_10.emulate()
        options.timeout_keep_alive = OLD_KEEP_ALIVE
    made = ModelServer(
        http_port=options.http_port,
        grpc_port=options.grpc_port,
        workers=1,
        max_threads=options.max_threads,
        max_asyncio_workers=options.max_asyncio_workers,
        enable_grpc=options.enable_grpc,
        enable_docs_url=options.enable_docs_url,
        enable_latency_logging=options.enable_latency_logging,
        access_log_format=options.access_log_format,
        event_loop=options.event_loop,
        timeout_keep_alive=options.timeout_keep_alive,
        **more,
    )
    misbehaving.add_to(model_server.app)
    if version():
        made.dataplane._server_version = version()
    return made
