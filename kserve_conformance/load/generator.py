"""Runs the real `locust` command on one plan, and what that process says of its own health."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from kserve_conformance.load import recorder
from kserve_conformance.load.plan import Plan
from kserve_conformance.load.recorder import Row

FOLDER = "KSERVE_CONFORMANCE_LOAD"
PLAN, SAMPLES, HEALTH, LOG = "plan.json", "samples.bin", "generator.json", "locust.log"
_LOCUSTFILE = Path(__file__).with_name("locustfile.py")
_START_UP = 30.0  # seconds; locust imports for one or two


class GeneratorError(Exception):
    """Locust did not run its plan to the end."""


@dataclass(frozen=True)
class Usage:
    """What the process has used so far; seconds."""

    wall: float
    cpu: float
    waited_for_cpu: float  # runnable, but not running: somebody else had the core


@dataclass(frozen=True)
class Health:
    """Of the generator during one load, by its own clock."""

    start: float
    seconds: float
    cpu_share: float
    waited_share: float
    longest_turn: float
    connections: int
    aborted: str


@dataclass(frozen=True)
class Load:
    """One plan, carried out."""

    plan: Plan
    rows: tuple[Row, ...]
    health: Health

    @property
    def measured(self) -> tuple[Row, ...]:
        """Without the warm-up, in the order of their intended start."""
        begin = self.health.start + self.plan.warm_up
        return tuple(sorted(row for row in self.rows if row.intended >= begin))


def run(plan: Plan, folder: Path) -> Load:
    """Blocks until the load is over; leaves plan, samples, health and locust's own output in `folder`."""
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    plan.write(folder / PLAN)
    command = [sys.executable, "-m", "locust", "-f", str(_LOCUSTFILE), "--headless", "-u", "1", "-r", "1"]
    command += ["--only-summary", "--exit-code-on-error", "0"]
    longest = plan.warm_up + plan.seconds + plan.timeout + _START_UP
    with (folder / LOG).open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            command,
            env=_environment(folder),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for this process, which then ends the other one
        )
        try:
            code = process.wait(longest)
        except subprocess.TimeoutExpired as error:
            raise GeneratorError(f"locust did not end within {longest:.0f} s; see {folder / LOG}") from error
        finally:
            _end(process)
    if code or not (folder / HEALTH).exists():
        raise GeneratorError(f"locust ended with code {code}; see {folder / LOG}")
    return read(plan, folder)


def read(plan: Plan, folder: Path) -> Load:
    health = json.loads((folder / HEALTH).read_text(encoding="utf-8"))
    return Load(plan, tuple(recorder.read(folder / SAMPLES)), Health(**health))


def usage() -> Usage:
    return Usage(time.monotonic(), time.process_time(), _waited())


class Counts(Protocol):
    """What the multiplexer counted."""

    longest_turn: float
    opened: int
    aborted: str


def write_health(folder: Path, counts: Counts, before: Usage, *, start: float) -> None:
    now = usage()
    wall = now.wall - before.wall
    health = Health(
        start=start,
        seconds=wall,
        cpu_share=(now.cpu - before.cpu) / wall,
        waited_share=(now.waited_for_cpu - before.waited_for_cpu) / wall,
        longest_turn=counts.longest_turn,
        connections=counts.opened,
        aborted=counts.aborted,
    )
    (folder / HEALTH).write_text(json.dumps(asdict(health), indent=1) + "\n", encoding="utf-8")


def _waited() -> float:
    """Linux counts the nanoseconds a thread stood in the run queue (Documentation/scheduler/sched-stats.rst)."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_text(encoding="ascii").split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0  # a kernel without these counts


def _environment(folder: Path) -> Mapping[str, str]:
    """Without settings somebody made for locust runs of their own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LOCUST_")}
    return {**kept, FOLDER: str(folder)}


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
