"""The least and the most replicas of a service."""

from fixtures.annotations import PROXIED
from fixtures.iris import CLASSES, INSTANCES
from kserve_conformance.checks import eventually, expect
from kserve_conformance.plugin import requirement, slow

TARGET_RATE = 5
RATE = 17  # wants 17/5, that is four pods
IMPOSSIBLE = {"autoscaling.knative.dev/initial-scale": "many"}
INITIAL = {"autoscaling.knative.dev/initial-scale": "2"}


@slow
@requirement("KC-SCALE-006")
def test_never_more_than_max(deploy, traffic, timings):
    """A service under load never wants more replicas than its maximum."""
    service = deploy(max_replicas=2, scale_metric="rps", scale_target=TARGET_RATE)
    with traffic(service, rate=RATE, instances=INSTANCES) as sent, service.watch_replicas() as wanted:
        eventually(
            "two pods to be wanted", service.wanted_replicas, until=lambda now: now >= 2, within=timings.scale_up
        )
        sent.go_on(for_=timings.stable_window)
    expect.at_most(wanted.seen, 2, of="wanted replicas", at_least=2)


@slow
@requirement("KC-SCALE-008")
def test_never_fewer_than_min(deploy, timings):
    """An idle service keeps as many ready pods as its minimum says, while it is updated and afterwards."""
    service = deploy(min_replicas=2, annotations=PROXIED)
    old = service.ready_pods()
    service.update(args=["--model_name=updated"])
    eventually(
        "two new pods to be ready and the old ones to go",
        service.ready_pods,
        until=lambda names: len(names) >= 2 and not {*names} & {*old},
        within=timings.rollout + timings.idle_to_zero,
        stop=lambda names: len(names) < 2,
    )


@requirement("KC-SCALE-009")
def test_starts_with_its_initial_scale(deploy, timings):
    """A new service is started with as many pods as its initial scale says."""
    service = deploy.request(min_replicas=0, annotations=INITIAL)
    with service.watch_replicas() as wanted:
        eventually(
            f"{service} to be Ready", service.said, until=lambda said: said == "Ready True", within=timings.rollout
        )
    expect.at_most(wanted.seen, 2, of="wanted replicas", at_least=2)


@requirement("KC-SCALE-029")
def test_impossible_initial_scale_breaks_nothing(deploy, requests):
    """A service whose initial scale is no number becomes Ready and answers."""
    service = deploy(annotations=IMPOSSIBLE)
    expect.predictions(requests.predict(service, INSTANCES), CLASSES)
