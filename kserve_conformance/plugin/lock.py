"""Serial tests run alone: a lock between worker processes that many hold shared or one holds alone.

Whoever is stopped so that another is alone is lost time, so serial tests wait until all others are over. What they set
up is set up beside others: only their steps want to be alone. The kernel drops the locks of a killed worker.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

NAME = ".serial.lock"
OVER = ".others-over"
BETWEEN_LOOKS = 0.2
# Others may be over without having been counted: a worker died, or they wait behind a serial test of this very worker.
QUIET = 5  # looks in a row at which nobody is inside


class Inside:
    """One process that holds the lock, beside others until it asks to be alone."""

    def __init__(self, file: IO[str], over: Path) -> None:
        self._file = file
        self._over = over

    @contextmanager
    def alone(self, *, after: int) -> Iterator[float]:
        """How many seconds it took to be so. `after`: how many tests that are not serial there are in all."""
        asked = time.monotonic()
        fcntl.flock(self._file, fcntl.LOCK_UN)
        quiet = 0
        while _size(self._over) < after and quiet < QUIET:
            quiet = quiet + 1 if self._nobody_is_inside() else 0
            time.sleep(BETWEEN_LOOKS)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield time.monotonic() - asked
        finally:
            fcntl.flock(self._file, fcntl.LOCK_SH)

    def _nobody_is_inside(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        fcntl.flock(self._file, fcntl.LOCK_UN)
        return True


@contextmanager
def inside(folder: Path) -> Iterator[Inside]:
    with (folder / NAME).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield Inside(file, folder / OVER)


def one_over(folder: Path) -> None:
    """Counts a test that is not serial, of whichever worker."""
    with (folder / OVER).open("a") as file:
        file.write(".")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def remove(folder: Path) -> None:
    for name in (NAME, OVER):
        (folder / name).unlink(missing_ok=True)
