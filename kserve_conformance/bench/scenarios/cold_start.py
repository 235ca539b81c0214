"""A series of cold starts of a few services in turn: each proved cold, its time split into stages, failures kept."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from kserve_conformance.bench.subject import Place
from kserve_conformance.kube import kinds
from kserve_conformance.kube.objects import uid_of
from kserve_conformance.kube.service import LABEL, Service
from kserve_conformance.kube.waiting import eventually
from kserve_conformance.kube.watching import Change, watching
from kserve_conformance.load import statistics
from kserve_conformance.load.result import NEVER, Figure, Scenario, Stage, latency_figure
from kserve_conformance.model import Sample
from kserve_conformance.timeline import cold_start, watch_delay
from kserve_conformance.timeline.cold_start import Split

# The shortest window Knative admits (serving pkg/apis/autoscaling: WindowMin), so that a series does not take hours.
WINDOW = {"autoscaling.knative.dev/window": "6s"}
SETTLE = 1.0  # seconds; watch events may arrive after the answer they led to
DELAYS = 20  # measured once before the series
ATTEMPTS = 2  # for each start that was asked for; the others are for those that turn out warm
TIMES = "starts.json"


@dataclass(frozen=True)
class Parameters:
    """`starts` proved cold, each asked for by `burst` requests at once. While one of `services` is measured, the others
    are on their way to zero: waiting for that is most of the time a series takes."""

    starts: int = 10
    burst: int = 1
    services: int = 5


@dataclass(frozen=True)
class Start:
    """One attempt. `warm` says why it does not count; `split` is None when not every request had a right answer.

    `first`: seconds to the first of several answers.
    """

    split: Split | None
    answer: str
    warm: str
    first: float | None = None


def run(place: Place, parameters: Parameters, folder: Path) -> Iterator[Scenario]:
    """After each start. Raises BrokenPromise when the platform does not go back to zero."""
    series = Series(place, parameters, folder)
    with ExitStack() as deployed:
        services = [
            deployed.enter_context(
                place.deployed(f"bench-cold-{parameters.burst}-{number}", min_replicas=0, annotations=WINDOW)
            )
            for number in range(min(parameters.services, parameters.starts))
        ]
        for _ in series.run(services):
            yield summary(series.starts, parameters, series.delays)


class Series:
    def __init__(self, place: Place, parameters: Parameters, folder: Path) -> None:
        self._place = place
        self._said = parameters
        self._folder = folder
        self._known: set[str] = set()
        self.delays: Sequence[float] = ()
        self.starts: list[Start] = []

    @property
    def cold(self) -> Sequence[Start]:
        return [each for each in self.starts if not each.warm]

    def run(self, services: Sequence[Service]) -> Iterator[Start]:
        """In turn, until there are enough cold ones, or twice as many attempts."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self.delays = watch_delay.measure(services[0].client, services[0].namespace, times=DELAYS)
        wanted = self._said.starts
        while len(self.cold) < wanted and len(self.starts) < ATTEMPTS * wanted:
            service = services[len(self.starts) % len(services)]
            self._go_to_zero(service)
            self.starts.append(self._once(service, service.host))
            self._write()
            yield self.starts[-1]

    def _go_to_zero(self, service: Service) -> None:
        """By the platform's own means: all this does is to ask nothing."""
        within = self._place.deadlines
        self._known |= {uid_of(pod) for pod in service.client.list(kinds.POD, service.namespace)}
        eventually("no pod to be wanted", service.wanted_replicas, until=lambda n: n == 0, within=within.idle_to_zero)
        eventually("no pod to be left", service.pods, until=lambda pods: not pods, within=within.deletion)

    def _once(self, service: Service, host: str) -> Start:
        mine = {LABEL: service.name}
        labels = {kinds.POD: mine, kinds.DEPLOYMENT: mine}
        with watching(service.client, service.namespace, cold_start.WATCHED, labels) as watched:
            before = service.client.list(kinds.POD, service.namespace, mine)
            samples = self._ask(service, host)
            right = all(map(self._place.subject.is_right, samples))
            watched.wait(cold_start.all_seen, within=SETTLE)
        changes: Sequence[Change] = watched.changes
        sent, done = min(each.sent for each in samples), max(each.done for each in samples)
        warm = cold_start.why_warm(before, changes, sent=sent, known=self._known, answered=right)
        self._known |= {uid_of(each.obj) for each in changes if each.kind == kinds.POD}
        seen = cold_start.sightings(changes)
        return Start(
            split=cold_start.split(seen, sent=sent, done=done) if right else None,
            answer=str(max(samples, key=lambda each: each.done)),
            warm=warm,
            first=min(each.done for each in samples) - sent if right else None,
        )

    def _ask(self, service: Service, host: str) -> Sequence[Sample]:
        with ThreadPoolExecutor(self._said.burst) as pool:
            return list(pool.map(lambda _: self._place.ask(service, host), range(self._said.burst)))

    def _write(self) -> None:
        text = json.dumps([asdict(each) for each in self.starts], indent=1)
        (self._folder / TIMES).write_text(text + "\n", encoding="utf-8")


def summary(starts: Sequence[Start], said: Parameters, delays: Sequence[float]) -> Scenario:
    """Medians of the cold ones. One without a right answer has an endless total and no stages.

    `delays`, in seconds, are those of the watch that saw the stages.
    """
    cold = [each for each in starts if not each.warm]
    warm, wanted = len(starts) - len(cold), said.starts
    splits = [each.split for each in cold if each.split is not None]
    endless = [math.inf] * (len(cold) - len(splits))
    totals = sorted([each.total for each in splits] + endless)
    firsts = sorted([each.first for each in cold if each.first is not None] + endless)
    stages = tuple(_stage(name, sorted(each.stages[name] for each in splits if name in each.stages)) for name in _NAMES)
    why = "" if len(cold) == wanted else f"only {len(cold)} of {wanted} starts were proved cold"
    asked = "one request" if said.burst == 1 else f"{said.burst} requests at once, until the last of their answers,"
    return Scenario(
        name="cold-start",
        load=f"{asked} to a service at zero; {len(cold)} of {wanted} starts proved cold",
        figures=(
            _median(totals),
            latency_figure("p90", statistics.quantile(totals, 0.9)),
            *(() if said.burst == 1 else (latency_figure("first answer p50", statistics.quantile(firsts, 0.5)),)),
            _extreme("fastest", totals[:1]),
            _extreme("slowest", totals[-1:]),
            _largest(stages),
            _residual(totals, stages),
            Figure("cold", len(cold), ""),
            Figure("without a right answer", len(cold) - len(splits), "", better="lower"),
            Figure("discarded as warm", warm, ""),
            _uncertainty(delays),
        ),
        stages=stages,
        valid=not why,
        why=why,
    )


_NAMES = tuple(cold_start.STAGES)


def _median(totals: Sequence[float]) -> Figure:
    """Each start repeats the last one, so they are what two runs are compared by; not where one had no end."""
    ended = () if math.inf in totals else tuple(each * 1e3 for each in totals)
    return replace(latency_figure("p50", statistics.quantile(totals, 0.5)), repeats=ended, better="lower")


def _stage(name: str, ascending: Sequence[float]) -> Stage:
    """The median even of a few; bounds only where there are samples enough for one."""
    if not ascending:
        return Stage(name, None, None, None, 0)
    median = statistics.quantile(ascending, 0.5)
    bounded = median.enough
    return Stage(name, median.value, median.low if bounded else None, median.high if bounded else None, median.samples)


def _largest(stages: Sequence[Stage]) -> Figure:
    """Where the time goes: the stage to look at first."""
    seen = [each for each in stages if each.seconds is not None]
    whole = sum(each.seconds or 0.0 for each in seen)
    if not whole:
        return Figure("largest stage", None, "%", note="no stage was seen")
    most = max(seen, key=lambda each: each.seconds or 0.0)
    return Figure("largest stage", 100 * (most.seconds or 0.0) / whole, "%", note=most.name)


def _extreme(name: str, total: Sequence[float]) -> Figure:
    if not total or math.isinf(total[0]):
        return Figure(name, None, "ms", note=NEVER if total else "none measured")
    return Figure(name, total[0] * 1e3, "ms")


def _uncertainty(delays: Sequence[float]) -> Figure:
    name = "watch delay p50"
    if not delays:
        return Figure(name, None, "ms", note="no watch event arrived")
    note = f"at most {delays[-1] * 1e3:.0f} ms; the ends of a stage are that uncertain, and 0 is below it"
    return Figure(name, statistics.quantile(delays, 0.5).value * 1e3, "ms", note=note)


def _residual(totals: Sequence[float], stages: Sequence[Stage]) -> Figure:
    """What the stages do not explain: medians do not add up, and a sighting may be missing."""
    median = statistics.quantile(totals, 0.5).value
    if math.isinf(median):
        return Figure("residual", None, "ms", note="there is no median to explain")
    rest = median - sum(each.seconds or 0.0 for each in stages)
    return Figure("residual", rest * 1e3, "ms", note=f"{rest / median:+.1%} of the median, in no stage")
