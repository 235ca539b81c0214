"""Serial tests run alone: a lock between worker processes that many hold shared or one holds alone.

Who wants it alone waits until nobody else is inside. Serial tests come last in every worker, so that is when the others
run dry; letting them finish first costs less than making them wait. What a serial test sets up is set up beside others:
only its steps want to be alone. The kernel drops the locks of a killed worker.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

NAME = ".serial.lock"


class Inside:
    """One process that holds the lock, beside others until it asks to be alone."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    @contextmanager
    def alone(self) -> Iterator[float]:
        """How many seconds it took to be so. The lock is let go before, so two who ask do not wait for each other."""
        asked = time.monotonic()
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield time.monotonic() - asked
        finally:
            fcntl.flock(self._file, fcntl.LOCK_SH)


@contextmanager
def inside(folder: Path) -> Iterator[Inside]:
    with (folder / NAME).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield Inside(file)


def remove(folder: Path) -> None:
    (folder / NAME).unlink(missing_ok=True)
