"""The facts everyone shares. Frozen, without behaviour that needs anything else of the engine."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Level = Literal["MUST", "SHOULD", "MAY"]
Outcome = Literal["passed", "failed", "skipped", "error", "invalid"]
SkipKind = Literal["NotSupported", "NotApplicable", "Blocked"]
VerdictWord = Literal["conformant", "partial", "failure", "blocked", "rehearsed", "measured", "interrupted"]


@dataclass(frozen=True)
class Requirement:
    """One promise of a platform, as data under `manifests/requirements/`.

    `versions` maps a component (`kserve`, `knative`) to a specifier such as `>=0.11`; empty means every version.
    """

    id: str
    level: Level
    capability: str
    sentence: str
    source: tuple[str, ...]
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Capability:
    """Something the platform has or has not, and how that was found out."""

    name: str
    present: bool
    reason: str


@dataclass(frozen=True)
class Versions:
    """As detected from the cluster; an empty string means it could not be read."""

    kubernetes: str
    kserve: str
    knative: str
    istio: str

    @property
    def rehearsal(self) -> bool:
        """The embedded platform carries `embedded` as build metadata of its Kubernetes version."""
        return "embedded" in self.kubernetes.partition("+")[2].split(".")


@dataclass(frozen=True)
class Timings:
    """The platform's own windows, in seconds, as its ConfigMaps say; every deadline is derived from them."""

    stable_window: float
    panic_window: float
    scale_to_zero_grace: float
    pod_retention: float
    autoscaler_tick: float


@dataclass(frozen=True)
class Sample:
    """One request and what became of it. Times are monotonic seconds of the sending process."""

    intended: float
    sent: float
    done: float
    method: str
    url: str
    host: str
    status: int | None
    headers: Mapping[str, str]
    body: bytes
    error: str | None
    curl: str

    @property
    def seconds(self) -> float:
        """From the intended start, so that waiting to be sent counts."""
        return self.done - self.intended

    def json(self) -> Any:
        """The decoded body, or None when it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def likely(self) -> str:
        """Who answered instead of a model server, as far as one answer can tell; empty when a model server did.

        The model servers answer in JSON; Envoy, activator and queue proxy answer in plain text.
        """
        if self.status is None:
            return "nothing accepted or finished the request: the gateway, its route or a pod went away"
        if self.status == 404 and not self.body:
            return "the gateway has no route for this host: ingress not programmed, or the host is another"
        if self.status >= 400 and self.json() is None:
            return (
                "no model server answered: the gateway, its route, the activator or a queue proxy did; "
                "old pods may have gone too early"
            )
        return "the model server answered so" if self.status >= 400 else ""

    def __str__(self) -> str:
        return self.error or f"{self.status} {self.body[:120].decode('utf-8', 'replace').strip()}".strip()

    @property
    def answered_by(self) -> str | None:
        """The model that named itself at `GET /v1/models`; None when no model did, so the gateway answered."""
        content = self.json()
        models = content.get("models") if isinstance(content, dict) else None
        return models[0] if self.status == 200 and isinstance(models, list) and models else None


@dataclass(frozen=True)
class Skip:
    """Why a test did not run; a statement that reaches the report."""

    kind: SkipKind
    reason: str


@dataclass(frozen=True)
class Breach:
    """What a failed expectation says, in the order it is printed."""

    promise: str
    expected: str
    observed: str
    likely: str = ""
    evidence: str = ""
    next: str = ""
    curl: str = ""


class BrokenPromise(AssertionError):  # noqa: N818 - what it is, in the words of the report
    """An expectation that did not hold, with what its `Breach` will say; the promise is the requirement's sentence."""

    def __init__(self, *, expected: str, observed: str, likely: str = "", next: str = "", curl: str = "") -> None:
        super().__init__(f"expected {expected}; observed {observed}")
        self.expected = expected
        self.observed = observed
        self.likely = likely
        self.next = next
        self.curl = curl


@dataclass(frozen=True)
class TestResult:
    """One test of one run. `seconds` is its wall time including set-up; `start` is seconds since the run began;
    `waited` says what it waited for longest, in words."""

    __test__ = False

    nodeid: str
    requirements: tuple[str, ...]
    promise: str
    outcome: Outcome
    seconds: float
    start: float
    worker: str
    skip: Skip | None = None
    breach: Breach | None = None
    details: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)
    waited: str = ""


@dataclass(frozen=True)
class Target:
    """What was tested. `kind` is what the user asked for; `rehearsal` is what the platform says of itself."""

    kind: Literal["embedded", "kind", "cluster"]
    context: str
    server: str
    rehearsal: bool


@dataclass(frozen=True)
class Share:
    """What became of the promises of one level. Unproven: no test ran for it, or its test could not tell."""

    kept: int = 0
    broken: int = 0
    skipped: int = 0
    unproven: int = 0

    @property
    def asked(self) -> int:
        return self.kept + self.broken + self.skipped + self.unproven


@dataclass(frozen=True)
class Tally:
    """The promises the profile asks for, by level."""

    must: Share = Share()
    should: Share = Share()
    may: Share = Share()


# Services that the tests of one worker share at a time; said before anything is made.
SHARED_AT_ONCE = 4


def new_run_id() -> str:
    """Sorts by time; the chance part keeps runs apart that start in the same second."""
    return time.strftime("%Y%m%d-%H%M%S-") + secrets.token_hex(2)


@dataclass(frozen=True)
class Run:
    """Everything one `results.json` holds."""

    run_id: str
    started: str
    seconds: float
    target: Target
    versions: Versions
    profile: str
    options: Mapping[str, str]
    capabilities: tuple[Capability, ...]
    requirements: tuple[Requirement, ...]
    results: tuple[TestResult, ...]
    verdict: VerdictWord
    exit_code: int
    tally: Tally = Tally()
    command: str = ""
    note: str = ""
    bench: Mapping[str, Any] | None = None
