"""Where the measuring was done: without it nobody can compare two runs."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path


def describe() -> Mapping[str, str]:
    """Of the machine the generator runs on."""
    one, five, _ = os.getloadavg()
    return {
        "cores": f"{len(os.sched_getaffinity(0))} ({_processor()})",
        "load average": f"{one:.2f} in the last minute, {five:.2f} in the last five, before the run",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "locust": metadata.version("locust"),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.machine())
