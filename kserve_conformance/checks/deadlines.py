"""Every deadline of the suites, in seconds: the platform's own configuration plus a margin that has a name."""

from __future__ import annotations

import time
from dataclasses import dataclass

from kserve_conformance.model import Sample, Timings


@dataclass(frozen=True)
class Margins:
    """What a configuration does not say: how long the work itself takes on this kind of platform."""

    start: float  # schedule, fetch image and model, load, become ready
    reaction: float  # until controllers have seen a change and written what follows from it
    settle: float  # how long a thing that must not happen is given to happen


# Embedded pods are forks; the same steps on a cluster pull an image of gigabytes, and a revision has not failed before
# the progress deadline, which is 600 s (serving config/core/configmaps/deployment.yaml). What settles last of the
# embedded platform is the autoscaler, which decides every two seconds; all others take a tenth of a second at most.
REHEARSAL = Margins(start=30, reaction=10, settle=3)
CLUSTER = Margins(start=600, reaction=30, settle=10)

# The autoscaler's averages are fed once a second and end with the last sample they were fed
# (serving pkg/autoscaler/metrics/collector.go: scrapeTickInterval).
STATISTICS = 1.0
SECOND = 1.0  # what the time of a condition is cut to (meta/v1 Time)
POD_GRACE = 30.0  # what a pod may take to go when nothing else is said (core/v1 terminationGracePeriodSeconds)

DRAIN_MARGIN = 30.0
ACTIVATION_BUFFER = 30.0  # beyond the progress deadline (serving pkg/reconciler/autoscaling/kpa/scaler.go)


@dataclass(frozen=True)
class Deadlines:
    """Read `within=timings.rollout`: each property is one promise about time, derived where it is defined."""

    timings: Timings
    margins: Margins

    @property
    def stable_window(self) -> float:
        return self.timings.stable_window

    @property
    def panic_window(self) -> float:
        return self.timings.panic_window

    @property
    def scale_to_zero_grace(self) -> float:
        return self.timings.scale_to_zero_grace

    @property
    def start(self) -> float:
        return self.margins.start

    @property
    def reaction(self) -> float:
        return self.margins.reaction

    @property
    def settle(self) -> float:
        return self.margins.settle

    @property
    def ready_to_answer(self) -> float:
        """Ready is a promise to answer; five seconds are for caches on the way (requirement KC-LIFE-002)."""
        return 5.0

    @property
    def rollout(self) -> float:
        """A new revision starts and takes over."""
        return self.start + self.reaction

    @property
    def failure_reported(self) -> float:
        """A pod starts, fails, and the failure travels up to the service."""
        return self.start + self.reaction

    @property
    def cold_answer(self) -> float:
        """A request to a service at zero waits for a pod, and a while for its answer."""
        return self.start + self.reaction

    @property
    def short_progress_deadline(self) -> float:
        """Long enough for a pod to start whose image is no model server's of gigabytes."""
        return self.start / 3

    def given_up(self, *, progress_deadline: float) -> float:
        """No request is there any more, which has been decided on; from then on the autoscaler looks again when a pod
        has had its time to start (serving pkg/reconciler/autoscaling/kpa/scaler.go)."""
        return self.idle_noticed + progress_deadline + ACTIVATION_BUFFER + self.reaction

    @property
    def deletion(self) -> float:
        return POD_GRACE + self.start

    def drained(self, *, grace: float) -> float:
        """Of a pod without requests: well before its grace period is over (serving test/e2e/destroypod_test.go)."""
        return grace - DRAIN_MARGIN

    @property
    def idle_noticed(self) -> float:
        """The stable average has fallen to nothing, and that has been decided on."""
        return self.stable_window + 2 * self.timings.autoscaler_tick + 2 * STATISTICS

    @property
    def load_noticed(self) -> float:
        """The stable average has risen to a new load, and that has been decided on and written to the Deployment: no
        pod has to start for it."""
        return self.idle_noticed + self.reaction

    @property
    def idle_decided(self) -> float:
        """Noticed, and then the last pod is kept for grace or retention, whichever is longer (serving
        pkg/reconciler/autoscaling/kpa/scaler.go)."""
        return self.idle_noticed + max(self.timings.scale_to_zero_grace, self.timings.pod_retention)

    @property
    def idle_decided_proxied(self) -> float:
        """Of a revision with the activator always in its path: the grace period, which is for the switch to the
        activator, runs from the revision's beginning."""
        return max(self.idle_noticed, self.timings.scale_to_zero_grace) + self.timings.pod_retention

    @property
    def idle_to_zero(self) -> float:
        """Decided, and written to the Deployment."""
        return self.idle_decided + self.reaction

    def idle_to_zero_proxied(self, *, window: float) -> float:
        """The same with a stable window of the revision's own, and written to the Deployment."""
        noticed = self.idle_noticed - self.stable_window + window
        return max(noticed, self.timings.scale_to_zero_grace) + self.timings.pod_retention + self.reaction

    def surely_kept_after(self, last: Sample) -> float:
        """From now to the end of the stable window that began with this request's end."""
        return self.stable_window - STATISTICS - (time.monotonic() - last.done)

    def surely_delayed_after(self, last: Sample, *, delay: float) -> float:
        """From now to the end of a scale-down delay that began under the load that ended with this request: what the
        autoscaler decided last is a tick old by then, and it remembers its decisions by the tick (serving
        pkg/autoscaler/aggregation/max/timewindow.go)."""
        return delay - 2 * self.timings.autoscaler_tick - (time.monotonic() - last.done)

    def surely_retained_after(self, last: Sample, *, window: float, retention: float) -> float:
        """From now to the end of the retention period, which begins where the stable window ends; the time of that is
        kept in whole seconds (serving pkg/apis/autoscaling/v1alpha1/pa_lifecycle.go, InactiveFor)."""
        return window - STATISTICS + retention - SECOND - (time.monotonic() - last.done)

    @property
    def scale_up(self) -> float:
        """Without panic the stable average has to fill first."""
        return self.stable_window + 2 * self.timings.autoscaler_tick + self.start
