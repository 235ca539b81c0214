"""What `locust -f` runs: one user that keeps a whole schedule. Its plan and record are named by the environment.

Locust keeps its part: the process, its signals, its events, its table and page. It cannot keep a schedule: its users
wait for their answers, and what they did not send in the meantime is in no figure.
"""

from __future__ import annotations

import contextlib
import gc
import os
import resource
import time
from collections.abc import Callable
from pathlib import Path

import gevent
import locust.stats
from locust import User, task

from kserve_conformance.load import generator, plan
from kserve_conformance.load.answers import Check
from kserve_conformance.load.buckets import three_digits
from kserve_conformance.load.multiplexer import Multiplexer, Record
from kserve_conformance.load.recorder import Outcome, Recorder

locust.stats.bucket_response_time = three_digits  # type: ignore[assignment]  # its hook, though typed for whole ms

_LEAD = 0.2  # seconds from the decision to start to the first arrival
_OPEN_AHEAD = 32  # connections that are there before the first request


class OpenLoopUser(User):
    """Sends at the times its plan says, over connections it multiplexes; one of it makes all the load."""

    fixed_count = 1

    @task
    def load(self) -> None:
        folder = Path(os.environ[generator.FOLDER])
        what = plan.read(folder / generator.PLAN)
        recorder = Recorder(folder / generator.SAMPLES)
        due = what.offsets
        _raise_file_limit()
        _first_in_line()
        gc.collect()
        gc.freeze()
        gc.disable()  # a collection stops the generator for longer than most answers take; the run is bounded
        start = time.monotonic() + _LEAD
        for position, offset in enumerate(due):
            due[position] = start + offset

        def breathe() -> None:
            recorder.flush()
            gevent.sleep(0)

        multiplexer = Multiplexer(
            (what.address, what.port),
            what.request,
            connections=what.connections,
            timeout=what.timeout,
            check=Check(what.expected),
            record=self._telling(what.name, what.method, start + what.warm_up, recorder),
            breathe=breathe,
        )
        with contextlib.suppress(OSError):  # the platform refuses connections: each request meets and counts that
            multiplexer.connect(_OPEN_AHEAD if what.arrivals != "closed" else what.connections)
        usage = generator.usage()
        try:
            if what.arrivals == "closed":
                multiplexer.closed_loop(what.connections, start + what.warm_up + what.seconds)
            else:
                multiplexer.open_loop(due)
        finally:
            gc.enable()
            recorder.close()
            multiplexer.close()
            generator.write_health(folder, multiplexer.health, usage, start=start)
            self.environment.runner.quit()

    def _telling(self, name: str, method: str, measured: float, recorder: Recorder) -> Record:
        """Every sample to the record; those after the warm-up to locust, so that its table is of the same ones."""
        fire: Callable[..., None] = self.environment.events.request.fire
        add = recorder.add

        def record(intended: float, sent: float, first_byte: float, done: float, status: int, outcome: Outcome) -> None:
            add(intended, sent, first_byte, done, status, outcome)
            if intended < measured:
                return
            fire(
                request_type=method,
                name=name,
                response_time=(done - intended) * 1e3,
                response_length=0,
                exception=None if outcome is Outcome.RIGHT else LoadError(outcome.name.lower(), status),
                context={"lag_ms": (sent - intended) * 1e3, "service_ms": (done - sent) * 1e3},
            )

        return record


class LoadError(Exception):
    """As locust counts failures: by their text."""


def _raise_file_limit() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _first_in_line() -> None:
    """Beside busy neighbours, sends at p99 were 0.1 ms late with this priority, up to 3.7 ms without.

    Where Linux groups processes by session, priorities count between groups; this process has a session of its own.
    Beside the servers it loads, on two cores, only real time keeps it in time: p99 0.2 to 0.3 ms against 0.6 to 2 ms.
    Most users may set none of these. Then the lag shows, and is judged.
    """
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, -10)
        Path("/proc/self/autogroup").write_text("-10", encoding="ascii")
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(os.sched_get_priority_min(os.SCHED_RR)))
