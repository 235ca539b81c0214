"""One benchmark run from platform to exit code; what is measured is written at once, whatever comes after it."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace

from kserve_conformance.bench import environment, slo, table
from kserve_conformance.bench.record import Record
from kserve_conformance.bench.screen import Screen
from kserve_conformance.bench.settings import Settings
from kserve_conformance.bench.subject import Place, Subject
from kserve_conformance.bench.table import Planned
from kserve_conformance.catalogue import verdict
from kserve_conformance.checks.deadlines import CLUSTER, REHEARSAL, Deadlines
from kserve_conformance.inference.sending import Sender
from kserve_conformance.kube import kinds, ownership
from kserve_conformance.kube.client import Client, KubeError
from kserve_conformance.load import repetitions
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
    """Every scenario in its turn: none may disturb another."""

    def __init__(self, settings: Settings, place: Place, record: Record, screen: Screen) -> None:
        self._settings = settings
        self._place = place
        self._record = record
        self._screen = screen
        self._found: dict[str, list[Scenario]] = {each.name: [] for each in settings.planned}
        self._failed: set[str] = set()

    def run(self) -> None:
        for planned, number in table.in_turn(self._settings.planned):
            if planned.name in self._failed:
                continue
            self._measure(planned, number)
            if planned.name in self._failed or number + 1 == planned.repeats:
                self._screen.scenario(self._record.of(planned.name))

    def _measure(self, planned: Planned, number: int) -> None:
        """What keeps a scenario from being measured makes it invalid, and the next one is still measured."""
        folder = self._settings.folder / planned.name
        before = self._found[planned.name]
        said = f"{planned.name}, {number + 1} of {planned.repeats}" if planned.repeats > 1 else planned.name
        self._screen.status(said)
        latest: list[Scenario] = []
        try:
            folder = folder / str(number + 1) if planned.repeats > 1 else folder
            for scenario in planned.does.run(self._place, planned.seeded(number), folder):
                latest = [replace(scenario, name=planned.name)]
                self._keep(planned, [*before, *latest])
                self._screen.status(f"{said}: {scenario.load}")
        except (BrokenPromise, GeneratorError, KubeError) as error:
            if isinstance(error, KubeError) and not error.code:
                raise  # there is no API server any more, so nothing else can be measured either
            self._failed.add(planned.name)
            least = latest[0] if latest else Scenario(planned.name, "", ())
            why = "; ".join(filter(None, [least.why, str(error)]))
            # Of repetitions that had all their figures, none is given up for one that has not.
            latest = [] if before else [replace(least, valid=False, why=why)]
            self._keep(planned, [*before, *latest], why=why)
        before += latest

    def _keep(self, planned: Planned, found: Sequence[Scenario], why: str = "") -> None:
        scenario = repetitions.combined(found, wanted=planned.repeats)
        if why:
            scenario = replace(scenario, valid=False, why=why)
        parameters = {**asdict(planned.parameters), "repeats": planned.repeats}
        scenario = replace(scenario, sentence=planned.sentence, parameters=parameters)
        self._record.keep(replace(scenario, slo=slo.judged(scenario, planned.bounds)))
