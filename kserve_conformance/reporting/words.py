"""Names, counts and sentences that every kind of report shares, so that they cannot differ."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from kserve_conformance.model import SHARED_AT_ONCE, Outcome, Run, Share, Target, TestResult

BAD: tuple[Outcome, ...] = ("failed", "error", "invalid")
REHEARSAL = "a rehearsal: it says nothing about any cluster"
# Of one worker: what six of them had at most, counted while the suites ran.
PODS_AT_ONCE = 9
# A model server of these suites (manifests/inferenceservices/) and its queue proxy (serving config-deployment,
# queue-sidecar-cpu-request).
POD_CORES, POD_GIB = 0.075, 0.25


def target(target: Target) -> str:
    """Loud enough that no embedded run is taken for a cluster."""
    if target.rehearsal:
        where = "EMBEDDED platform" if target.kind == "embedded" else f"EMBEDDED platform, reached as {target.context}"
        return f"{where}, {REHEARSAL}"
    context = f" {target.context}" if target.context else ""
    server = f" at {target.server}" if target.server else ""
    return f"{'KIND CLUSTER' if target.kind == 'kind' else 'CLUSTER'}{context}{server}"


def unasked_rehearsal(target: Target) -> str:
    """For who asked for a cluster and got the embedded platform."""
    return f"the server behind {target.context} is an embedded platform: {REHEARSAL}"


def area(nodeid: str) -> str:
    """The folder below `suites/`."""
    parts = nodeid.partition("::")[0].removeprefix("suites/").split("/")
    return parts[0] if len(parts) > 1 else "suites"


def short(nodeid: str) -> str:
    return nodeid.removeprefix("suites/")


def by_area(results: Iterable[TestResult]) -> Mapping[str, list[TestResult]]:
    areas: dict[str, list[TestResult]] = {}
    for result in sorted(results, key=lambda each: each.nodeid):
        areas.setdefault(area(result.nodeid), []).append(result)
    return areas


def counts(results: Iterable[TestResult]) -> Counter[Outcome]:
    return Counter(result.outcome for result in results)


def counted(run: Run) -> str:
    """`52 passed · 0 failed · 2 skipped`; rarer outcomes only where there are any."""
    found = counts(run.results)
    parts = [f"{found['passed']} passed", f"{found['failed']} failed"]
    parts += [f"{found[rare]} {word}" for rare, word in _RARE.items() if found[rare]]
    return " · ".join(parts)


_RARE: Mapping[Outcome, str] = {"error": "errors", "invalid": "invalid", "skipped": "skipped"}


def kept(run: Run) -> str:
    """`must 51/51 · should 1/2`, of the promises the profile asks for."""
    shares: Mapping[str, Share] = {"must": run.tally.must, "should": run.tally.should, "may": run.tally.may}
    return " · ".join(f"{level} {share.kept}/{share.asked}" for level, share in shares.items() if share.asked)


def meaning(run: Run) -> str:
    """One sentence below the verdict."""
    must = run.tally.must
    match run.verdict:
        case "conformant":
            return f"Every promise the profile {run.profile} must keep was proven kept."
        case "partial":
            missing = must.skipped + must.unproven
            return f"Nothing broke, but {missing} of the {must.asked} promises the profile must keep were not proven."
        case "failure":
            return f"Did not pass: {sum(each.outcome in BAD for each in run.results)} of {len(run.results)} tests."
        case "blocked":
            return f"Nothing could be judged: {run.note}."
        case "interrupted":
            return f"Not all was run: {run.note or 'the run did not finish'}."
        case "measured" if run.exit_code == 1:
            return "Figures of a benchmark; an SLO was missed."
        case "measured" if run.exit_code:
            return "Figures of a benchmark, not all of them valid or enough to decide their SLO."
        case "measured":
            return "Figures of a benchmark; no promise was judged."
        case "rehearsed":
            return f"On the embedded platform {_rehearsed(run)}; point the same command at a cluster for a verdict."


def _rehearsed(run: Run) -> str:
    if any(each.outcome in BAD for each in run.results):
        return "not all passed"
    must = run.tally.must
    return "every promise was kept" if must.kept == must.asked else "every promise that was asked for was kept"


def again(run: Run, nodeid: str) -> str:
    """The command that runs one test again on the same platform."""
    same = ("--target", "--context", "--kubeconfig", "--stack", "--profile", "--namespace-annotation")
    usual = {"--target": "embedded", "--stack": "current", "--profile": "serverless"}
    said = [(name, run.options[name]) for name in same if name in run.options and run.options[name] != usual.get(name)]
    return " ".join(["pytest", shlex.quote(nodeid), "-n 0", *(f"{name} {shlex.quote(value)}" for name, value in said)])


def skips(run: Run) -> Mapping[str, list[TestResult]]:
    """Skipped tests by what was said."""
    reasons: dict[str, list[TestResult]] = {}
    for result in run.results:
        if result.skip is not None:
            reasons.setdefault(f"{result.skip.kind}: {result.skip.reason}", []).append(result)
    return reasons


def slowest(run: Run, count: int) -> list[TestResult]:
    return sorted(run.results, key=lambda each: -each.seconds)[:count]


def uses(run: Run) -> str:
    """Of the platform, at most and at a time."""
    workers = max(1, int(run.options.get("-n") or 0))
    namespaces = "one namespace" if workers == 1 else f"{workers} namespaces, each"
    services = f"with the services of one test and at most {SHARED_AT_ONCE} that tests share"
    pods = PODS_AT_ONCE * workers
    return f"{namespaces} {services}: about {pods} pods, {pods * POD_CORES:.1f} cores, {pods * POD_GIB:.1f} GiB"


def waited(result: TestResult) -> str:
    """To go behind the time it took."""
    return f" · waited {result.waited}" if result.waited else ""


def level(run: Run, result: TestResult) -> str:
    levels = {requirement.id: requirement.level for requirement in run.requirements}
    return " ".join(dict.fromkeys(levels[name] for name in result.requirements if name in levels))


def seconds(value: float) -> str:
    if value < 9.95:
        return f"{value:.1f} s"
    return f"{value:.0f} s" if value < 100 else f"{int(value) // 60} min {int(value) % 60} s"


def started(run: Run) -> str:
    moment = datetime.fromisoformat(run.started)
    return moment.strftime("%Y-%m-%d %H:%M UTC")


def versions(run: Run) -> Mapping[str, str]:
    found = run.versions
    each = {"KServe": found.kserve, "Knative": found.knative, "Istio": found.istio, "Kubernetes": found.kubernetes}
    return {name: version or "unknown" for name, version in each.items()}
