"""Triton's log lines; the positions in its sources are those of v2.34.0."""

from __future__ import annotations

import sys
from datetime import UTC, datetime


def info(where: str, text: str) -> None:
    _log("I", where, text)


def warning(where: str, text: str) -> None:
    _log("W", where, text)


def error(where: str, text: str) -> None:
    _log("E", where, text)


def _log(level: str, where: str, text: str) -> None:
    sys.stderr.write(f"{level}{datetime.now(UTC):%m%d %H:%M:%S.%f} 1 {where}] {text}\n")
