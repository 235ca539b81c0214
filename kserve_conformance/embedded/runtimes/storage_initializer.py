"""The init step of a pod: a model from its storage URI into the pod's folder.

Read at kserve v0.20.0 python/storage-initializer/scripts/initializer-entrypoint and kserve_storage.py.
"""

from __future__ import annotations

import logging
from pathlib import Path

from kserve_conformance.embedded.models import ModelStore


def main(arguments: list[str]) -> None:
    """Arguments: the URI and the folder. A URI with nothing behind it ends the process with a trace and exit code 1."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s: %(message)s")
    source, folder = arguments
    logging.info("Initializing, args: src_uri [%s] dest_path[ [%s]", source, folder)
    logging.info("Copying contents of %s to local", source)
    ModelStore().fetch(source, Path(folder))
    logging.info("Successfully copied %s to %s", source, folder)
