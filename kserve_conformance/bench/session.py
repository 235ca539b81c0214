"""One benchmark run from platform to exit code; what is measured is written at once, whatever comes after it."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from kserve_conformance.bench import environment, loads
from kserve_conformance.bench.cold_starts import WINDOW, Series
from kserve_conformance.bench.record import Record
from kserve_conformance.bench.screen import Screen
from kserve_conformance.bench.settings import Settings
from kserve_conformance.bench.subject import Place, Subject
from kserve_conformance.catalogue import verdict
from kserve_conformance.checks.deadlines import CLUSTER, REHEARSAL, Deadlines
from kserve_conformance.inference.sending import Sender
from kserve_conformance.kube import kinds, ownership
from kserve_conformance.kube.client import Client, KubeError
from kserve_conformance.load import scenarios
from kserve_conformance.load.generator import GeneratorError
from kserve_conformance.load.result import Scenario
from kserve_conformance.model import BrokenPromise
from kserve_conformance.platform import opening
from kserve_conformance.platform.contexts import PlatformUnreachable
from kserve_conformance.platform.opening import Opening


def run(settings: Settings, subject: Subject) -> int:
    """The exit code. The terminal and the report's folder are written on the way."""
    record, screen = Record(settings, {"model": subject.said, **environment.describe()}), Screen()
    folder = os.path.relpath(settings.folder)
    note = ""
    screen.title(record.run(verdict.EXIT_KEPT))
    try:
        with _opened(settings) as found:
            record.found = found
            screen.header(record.run(verdict.EXIT_KEPT), record.machine, folder)
            with _place(settings, found, subject) as place:
                Bench(settings, place, record, screen).run()
        code = record.exit_code()
    except PlatformUnreachable as error:
        code, note = verdict.EXIT_UNREACHABLE, f"{error}; {error.next}"
    except KubeError as error:
        code, note = verdict.EXIT_UNREACHABLE, str(error)
    except KeyboardInterrupt:
        code, note = verdict.EXIT_INTERRUPTED, "interrupted; what was measured before is in the report"
    except Exception as error:  # noqa: BLE001 - its traceback is shown, and the exit code says that it is our fault
        traceback.print_exc()
        code, note = verdict.EXIT_INTERNAL, f"internal error: {error}"
    screen.footer(record.write(code, note=note), folder)
    return code


@contextmanager
def _opened(settings: Settings) -> Iterator[Opening]:
    found = opening.find(
        settings.target, stack=settings.stack, kubeconfig=settings.kubeconfig, context=settings.context
    )
    try:
        yield found
    finally:
        found.close()


@contextmanager
def _place(settings: Settings, found: Opening, subject: Subject) -> Iterator[Place]:
    platform = opening.connect(found.kubeconfig, found.context)
    try:
        gateway = platform.ingress.address
    except LookupError as error:
        raise PlatformUnreachable(str(error), next="requests come through it: see the platform's ingress") from error
    deadlines = Deadlines(platform.timings, REHEARSAL if found.versions.rehearsal else CLUSTER)
    sender = Sender(gateway, within=deadlines.cold_answer)
    try:
        with _namespace(platform.client, settings.run_id) as namespace:
            yield Place(platform, namespace, settings.run_id, sender, deadlines, subject)
    finally:
        sender.close()


@contextmanager
def _namespace(client: Client, run_id: str) -> Iterator[str]:
    """Everything the run makes is in it and goes with it."""
    name = f"kc-{run_id}-bench"
    ownership.create_namespace(client, name, run_id=run_id, annotations={}, kept=False)
    try:
        yield name
    finally:
        client.delete(kinds.NAMESPACE, name)


class Bench:
    """The scenarios, one after the other: none may disturb another."""

    def __init__(self, settings: Settings, place: Place, record: Record, screen: Screen) -> None:
        self._settings = settings
        self._place = place
        self._record = record
        self._screen = screen

    def run(self) -> None:
        with self._failing_as("latency"):
            self._loads()
        with self._failing_as("cold start"):
            self._cold_starts()

    def _loads(self) -> None:
        """On one pod that is there from the beginning to the end: no scaling is in these figures."""
        settings, folder = self._settings, self._settings.folder
        self._screen.status("a service for the loads becomes ready")
        with self._place.deployed("bench-warm", min_replicas=1, max_replicas=1) as service:
            plan = loads.plan(settings, self._place, service)
            self._screen.status("latency")
            scenario, curves = loads.latency(plan, folder / "latency")
            self._record.keep(scenario, curves)
            self._screen.scenario(scenario)
            with self._failing_as("throughput"):
                self._screen.status("throughput")
                closed = replace(plan, name="throughput", connections=settings.connections)
                scenario = scenarios.throughput(closed, folder / "throughput")
                self._record.keep(scenario)
                self._screen.scenario(scenario)

    def _cold_starts(self) -> None:
        wanted = self._settings.cold_starts
        series = Series(self._place, wanted, self._settings.folder / "cold-start")

        def done() -> None:
            self._screen.status(f"cold starts: {len(series.cold)} of {wanted}")
            self._record.keep(series.scenario())

        self._screen.status("a service for the cold starts becomes ready")
        try:
            with self._place.deployed("bench-cold", min_replicas=0, annotations=WINDOW) as service:
                done()
                series.run(service, done)
        finally:
            if series.starts:
                self._screen.scenario(series.scenario())

    @contextmanager
    def _failing_as(self, name: str) -> Iterator[None]:
        """What keeps a scenario from being measured makes it invalid, and the next one is still measured."""
        try:
            yield
        except (BrokenPromise, GeneratorError) as error:
            before = next((each for each in self._record.scenarios if each.name == name), Scenario(name, "", ()))
            failed = replace(before, valid=False, why="; ".join(filter(None, [before.why, str(error)])))
            self._record.keep(failed)
            self._screen.scenario(failed)
