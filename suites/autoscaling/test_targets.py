"""Which load counts, and how much of it a replica takes."""

from fixtures.annotations import WHOLE_TARGET
from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement, slow

TARGETS = {
    "scale_metric": "concurrency",
    "scale_target": 2,
    "annotations": WHOLE_TARGET,
}
PODS = 3  # of a load of five requests at two for each


@slow
@requirement("KC-SCALE-030")
def test_small_load_needs_no_target(deploy, witness, busy, timings):
    """A service that names no target takes ten requests at once with one replica."""
    service = deploy(spec={"predictor": witness()})
    with busy(service, inside=10, taking=2) as sent, service.watch_replicas() as wanted:
        sent.go_on(for_=timings.stable_window + timings.settle)
    expect.at_most(wanted.seen, 1, of="wanted replicas", at_least=1)
    expect.nothing_lost(sent.samples, at_least=20)


@slow
@requirement("KC-SCALE-031")
def test_load_of_one_service_scales_no_other(deploy, witness, busy, scaled_to):
    """The load of one service adds no replica to another."""
    idle, loaded = deploy(spec={"predictor": witness()}, **TARGETS), deploy(spec={"predictor": witness()}, **TARGETS)
    with busy(loaded, inside=5, taking=2), idle.watch_replicas() as wanted:
        scaled_to(loaded, PODS)
    expect.at_most(wanted.seen, 1, of="wanted replicas of the idle service", at_least=1)
