"""Serial tests run alone: a lock between worker processes that many hold shared or one holds alone.

Who wants it alone waits until nobody else is inside. Serial tests come last in every worker, so that is when the others
run dry; letting them finish first costs less than making them wait. The kernel drops the locks of a killed worker.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = ".serial.lock"


@contextmanager
def held(folder: Path, *, alone: bool) -> Iterator[None]:
    with (folder / NAME).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield


def remove(folder: Path) -> None:
    (folder / NAME).unlink(missing_ok=True)
