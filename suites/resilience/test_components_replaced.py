"""What services and their callers notice while pods of the platform's own components are replaced."""

from fixtures.iris import CLASSES, INSTANCES
from kserve_conformance.checks import eventually, expect
from kserve_conformance.plugin import disruptive, requirement, serial, slow

KNATIVE = "knative-serving"
PODS = 3  # of a load of five requests at two for each


@slow
@serial
@disruptive
@requirement("KC-RECOV-008")
def test_graceful_stop_loses_nothing(held, at_once, platform, timings):
    """Requests that an activator holds when it is told to stop are answered."""
    sent = at_once(held, n=20, taking=0)
    eventually("a pod to be started for them", held.pods, until=lambda pods: pods != [], within=timings.reaction)
    stopped = platform.stop_pods("activator", namespace=KNATIVE)
    expect.nothing_lost(sent.samples(), at_least=20)
    stopped.finish(within=timings.rollout)


@slow
@serial
@disruptive
@requirement("KC-RECOV-009")
def test_capacity_is_kept(scaled, loaded, scaled_to, platform, timings):
    """While the autoscaler is replaced, a busy service keeps its replicas and loses no request."""
    scaled_to(scaled, PODS)  # still, whatever other serial tests have done since
    loaded.count_from_now()
    with scaled.watch_replicas() as wanted:
        platform.stop_pods("autoscaler", namespace=KNATIVE).finish(within=timings.rollout)
        loaded.go_on(for_=timings.stable_window)
    loaded.stop()
    expect.at_least(wanted.seen, PODS, of="wanted replicas")
    expect.nothing_lost(loaded.samples, at_least=10)


@serial
@disruptive
@requirement("KC-RECOV-015")
def test_scaling_goes_on(scaled, busy, scaled_to, platform, timings):
    """After the autoscaler was replaced, a load brings as many replicas as it needs."""
    platform.stop_pods("autoscaler", namespace=KNATIVE).finish(within=timings.rollout)
    with busy(scaled, inside=5, taking=1):
        scaled_to(scaled, PODS)


@serial
@disruptive
@requirement("KC-RECOV-010")
def test_knative_controller_can_be_replaced(steady, deploy, platform, requests, timings, traffic):
    """While Knative's controller is replaced no request is lost, and afterwards a new service becomes Ready."""
    with traffic(steady, rate=50, instances=INSTANCES) as sent:
        platform.stop_pods("controller", namespace=KNATIVE).finish(within=timings.rollout)
        another = deploy()
        sent.go_on(for_=timings.settle)
    expect.nothing_lost(sent.samples, at_least=20)
    expect.predictions(requests.predict(another, INSTANCES), CLASSES)


@serial
@disruptive
@requirement("KC-RECOV-011")
def test_kserve_controller_can_be_replaced(steady, deploy, platform, requests, timings, traffic):
    """While KServe's controller is replaced no request is lost, and afterwards a new service becomes Ready."""
    with traffic(steady, rate=50, instances=INSTANCES) as sent:
        platform.stop_pods("kserve-controller-manager", namespace="kserve").finish(within=timings.rollout)
        another = deploy()
        sent.go_on(for_=timings.settle)
    expect.nothing_lost(sent.samples, at_least=20)
    expect.predictions(requests.predict(another, INSTANCES), CLASSES)


@serial
@disruptive
@requirement("KC-RECOV-019")
def test_knative_webhook_can_be_replaced(steady, platform, requests, timings, traffic):
    """While Knative's webhook is replaced no request is lost, and a change that is made meanwhile takes effect."""
    with traffic(steady, rate=50, path="/v1/models") as sent:
        replaced = platform.stop_pods("webhook", namespace=KNATIVE)
        steady.update(args=["--model_name=changed"])
        replaced.finish(within=timings.rollout)
        eventually(
            "the changed model to answer",
            lambda: requests.who(steady),
            until=lambda sample: sample.answered_by == "changed",
            within=timings.rollout,
        )
    expect.nothing_lost(sent.samples, at_least=20)
