"""Steady traffic beside a test: an open loop that sends at intended times, however slow the answers are."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

from kserve_conformance.model import Sample

# As many may be under way before a late answer delays a later request; that shows as `sent` after `intended`.
MOST_UNDER_WAY = 128


class Traffic:
    """Sends `rate` requests a second from the start of the block to its end."""

    def __init__(self, send: Callable[[float], Sample], *, rate: float) -> None:
        """`send` takes the intended start, monotonic seconds."""
        self._send = send
        self._interval = 1 / rate
        self._over = threading.Event()
        self._pool = ThreadPoolExecutor(MOST_UNDER_WAY, thread_name_prefix="traffic")
        self._scheduler = threading.Thread(target=self._schedule, daemon=True)
        self._lock = threading.Lock()
        self._samples: list[Sample] = []
        self._since = 0.0
        self._errors: list[BaseException] = []

    @property
    def samples(self) -> list[Sample]:
        """Finished so far, by intended start."""
        with self._lock:
            counted = [each for each in self._samples if each.intended >= self._since]
        return sorted(counted, key=lambda each: each.intended)

    def last(self, n: int) -> list[Sample]:
        """The newest `n`; fewer when there are not so many yet."""
        return self.samples[-n:]

    @property
    def lost(self) -> list[Sample]:
        """Those that were not answered with 200, so far."""
        return [each for each in self.samples if each.status != 200]

    def answerers(self) -> list[str]:
        """The models that have named themselves so far."""
        return sorted({each.answered_by for each in self.samples if each.answered_by is not None})

    def first(self, *, by: str) -> Sample:
        """The earliest end of an answer of that model, of which there has to be one."""
        return min((each for each in self.samples if each.answered_by == by), key=lambda each: each.done)

    def count_from_now(self) -> None:
        """What was to be sent before is none of the samples."""
        self._since = time.monotonic()

    def go_on(self, *, for_: float) -> None:
        """Nothing but traffic, for that many seconds."""
        time.sleep(for_)

    def stop(self) -> None:
        """Before the end of the block; returns when all that was sent has ended."""
        self._over.set()
        self._scheduler.join()
        self._pool.shutdown(wait=True)

    def __enter__(self) -> Traffic:
        self._scheduler.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if self._errors and error is None:
            raise self._errors[0]

    def _schedule(self) -> None:
        began, number = time.monotonic(), 0
        while True:
            intended = began + number * self._interval
            if self._over.wait(max(0.0, intended - time.monotonic())):
                return
            self._pool.submit(self._send, intended).add_done_callback(self._finished)
            number += 1

    def _finished(self, future: Future[Sample]) -> None:
        with self._lock:
            if (error := future.exception()) is not None:
                self._errors.append(error)
            else:
                self._samples.append(future.result())
