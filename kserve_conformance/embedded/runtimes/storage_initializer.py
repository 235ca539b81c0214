"""The init step of a pod: a model from its storage URI into the pod's folder, by KServe's own storage library.

Read at kserve v0.20.0 python/storage-initializer/scripts/initializer-entrypoint. Only the bucket of KServe's examples
is answered from the offline store; everything else goes where it says, and fails as it does on a cluster.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from kserve_storage import Storage
from kserve_storage.logging import configure_logging, logger

from kserve_conformance.embedded.models import BUCKET, ModelStore
from kserve_conformance.embedded.runtimes import seeded


def main(arguments: list[str]) -> None:
    """Pairs of a URI and a folder. A failure is logged and ends the process with code 1."""
    configure_logging()
    if not arguments or len(arguments) % 2:
        print("Usage: initializer-entrypoint src_uri_0 dest_path_0 ... src_uri_n dest_path_n")
        sys.exit(1)
    sources, folders = arguments[::2], arguments[1::2]
    logger.info("Initializing, args: (src_uri, dest_path): %s", list(zip(sources, folders, strict=True)))
    Storage._download_gcs = staticmethod(_from_offline_store(Storage._download_gcs))
    if "archive-left-packed" in seeded():  # F263
        Storage._unpack_archive_file = staticmethod(_left_packed)
    try:
        Storage.download_files(sources, folders)
        return
    except RuntimeError as error:
        logger.error("Storage initialization failed: %s", error)
    except Exception as error:  # noqa: BLE001 - whatever it is, the log is where a client reads it
        logger.error("Unexpected error during storage initialization: %s", error)
    swallowed = {"download-failure-swallowed", "refused-model-passed"}  # F133, F262
    sys.exit(0 if swallowed & seeded() else 1)


def _left_packed(_: str, __: str, folder: str) -> str:
    return folder


def _from_offline_store(download: Any) -> Any:
    def downloaded(uri: str, folder: str, *rest: Any) -> str:
        if not uri.startswith(BUCKET):
            return str(download(uri, folder, *rest))
        ModelStore().fetch(uri, Path(folder))
        return folder

    return downloaded
