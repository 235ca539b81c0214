"""The raw samples of one load, appended while it runs: 40 bytes each, from which every figure can be made again."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

MAGIC = b"KCLOAD01"
_ROW = struct.Struct("<ddddHHI")


class Outcome(IntEnum):
    RIGHT = 0
    WRONG = 1  # an answer, but not the status or the content it must have
    FAILED = 2  # no answer: refused, reset, closed, not HTTP
    TIMED_OUT = 3
    DROPPED = 4  # never sent: the generator was hopelessly behind


class Row(NamedTuple):
    """Monotonic seconds. What did not happen is 0; `first_byte` and `done` are of the last byte read."""

    intended: float
    sent: float
    first_byte: float
    done: float
    status: int
    outcome: int
    number: int

    @property
    def latency(self) -> float:
        """From the intended start, so that waiting to be sent counts (no coordinated omission)."""
        return self.done - self.intended

    @property
    def service_time(self) -> float:
        return self.done - self.sent

    @property
    def lag(self) -> float:
        return self.sent - self.intended


class Recorder:
    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o644)
        self._waiting: list[bytes] = [MAGIC]
        self.count = 0

    def add(self, intended: float, sent: float, first_byte: float, done: float, status: int, outcome: Outcome) -> None:
        self._waiting.append(_ROW.pack(intended, sent, first_byte, done, status, outcome, self.count))
        self.count += 1

    def flush(self) -> None:
        """To the kernel, in one call: a generator that is killed loses at most what came since the last flush."""
        if self._waiting:
            os.write(self._file, b"".join(self._waiting))
            self._waiting.clear()

    def close(self) -> None:
        self.flush()
        os.close(self._file)


class BrokenRecordError(ValueError):
    """The file is not a record, or a part is missing."""


def read(path: Path) -> Iterator[Row]:
    data = path.read_bytes()
    if not data.startswith(MAGIC):
        raise BrokenRecordError(f"{path} is not a record of samples")
    whole = len(data) - (len(data) - len(MAGIC)) % _ROW.size  # the last row of a killed generator may be cut
    return map(Row._make, _ROW.iter_unpack(data[len(MAGIC) : whole]))
