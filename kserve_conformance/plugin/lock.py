"""Serial tests run alone: a lock between worker processes that many hold shared or one holds alone.

Two files, so that a serial test does not wait for ever behind a stream of others: whoever comes has to pass the gate,
and a serial test keeps the gate shut while it waits for those inside. The kernel drops the locks of a killed worker.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def held(folder: Path, *, alone: bool) -> Iterator[None]:
    with (folder / ".gate.lock").open("w") as gate, (folder / ".inside.lock").open("w") as inside:
        fcntl.flock(gate, fcntl.LOCK_EX)
        fcntl.flock(inside, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(gate, fcntl.LOCK_UN)
        yield


def remove(folder: Path) -> None:
    for name in (".gate.lock", ".inside.lock"):
        (folder / name).unlink(missing_ok=True)
