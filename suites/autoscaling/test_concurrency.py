"""How many requests a replica takes, and how many replicas a load brings."""

from fixtures.annotations import DIRECT, PROXIED, WHOLE_TARGET
from fixtures.iris import INSTANCES
from kserve_conformance.checks import eventually, expect
from kserve_conformance.plugin import requirement, slow

# Five requests inside, two for each pod: two and a half pods, so three, with a fifth to spare on either side.
INSIDE, TARGET, PODS = 5, 2, 3
RATE, ENOUGH = 100, 1000  # requests a second, and of them so many that one may be lost
QUEUE = 10  # for each request that a pod may take at once, so many wait in its queue proxy


@slow
@requirement("KC-SCALE-010")
def test_load_adds_replicas(deploy, witness, busy, scaled_to, timings):
    """A load of several concurrency targets brings a replica for each of them."""
    service = deploy(
        scale_metric="concurrency", scale_target=TARGET, annotations=WHOLE_TARGET, spec={"predictor": witness()}
    )
    with busy(service, inside=INSIDE, taking=2):
        eventually(
            "three pods to be wanted", service.wanted_replicas, until=lambda n: n >= PODS, within=timings.load_noticed
        )
        scaled_to(service, PODS)


@slow
@requirement("KC-SCALE-011")
def test_rate_adds_replicas(deploy, traffic, scaled_to):
    """A load of several targets of requests per second brings a replica for each of them."""
    service = deploy(scale_metric="rps", scale_target=10, annotations=WHOLE_TARGET)
    with traffic(service, rate=25, instances=INSTANCES):
        scaled_to(service, PODS)


@slow
@requirement("KC-SCALE-035")
def test_growing_loses_next_to_nothing(deploy, witness, traffic, scaled_to, timings):
    """Of the requests that are sent while replicas are added, at most one in a thousand is lost."""
    slow_to_load = {"predictor": witness(START_AFTER="2")}
    service = deploy(
        scale_metric="rps", scale_target=RATE * TARGET // INSIDE, annotations=WHOLE_TARGET, spec=slow_to_load
    )
    with traffic(service, rate=RATE, instances=INSTANCES) as sent:
        scaled_to(service, PODS)
        sent.go_on(for_=max(timings.settle, (ENOUGH - len(sent.samples)) / RATE))
    expect.hardly_any_lost(sent.samples, one_in=1000, at_least=ENOUGH)


@slow
@requirement("KC-SCALE-012")
def test_steady_load_means_steady_replicas(deploy, witness, busy, timings):
    """Under a steady load the number of replicas settles on what the load needs and does not swing."""
    service = deploy(
        scale_metric="concurrency", scale_target=TARGET, annotations=WHOLE_TARGET, spec={"predictor": witness()}
    )
    with busy(service, inside=INSIDE, taking=2) as sent:
        eventually(
            "three pods to be wanted", service.wanted_replicas, until=lambda now: now >= PODS, within=timings.scale_up
        )
        sent.go_on(for_=timings.stable_window)  # until then the averages hold less than this load
        with service.watch_replicas() as wanted:
            sent.go_on(for_=2 * timings.stable_window)
    expect.settled(wanted.seen, on=PODS, of="wanted replicas", turns=2)


@requirement("KC-SCALE-013")
def test_hard_limit_holds(deploy, witness, at_once, proxied, timings):
    """No more requests than containerConcurrency says are inside a model server at once."""
    limited = {**witness(), "containerConcurrency": 2}
    service = deploy(max_replicas=1, annotations=DIRECT, spec={"predictor": limited})
    # The activator counts, too: without it the queue proxy is alone with the limit.
    eventually("no activator in the path", lambda: proxied(service), until=lambda it: not it, within=timings.reaction)
    sent = at_once(service, n=12, taking=0.3)
    expect.most_inside(sent.samples(), 2, at_least=12)


@requirement("KC-SCALE-014")
def test_requests_beyond_the_limit_wait(deploy, witness, at_once):
    """Requests beyond what the replicas may take at once wait in the activator, and every one is answered."""
    limited = {**witness(), "containerConcurrency": 1}
    service = deploy(max_replicas=2, annotations=PROXIED, spec={"predictor": limited})
    sent = at_once(service, n=20, taking=0.2)
    expect.nothing_lost(sent.samples(), at_least=20)


@slow
@requirement("KC-SCALE-023")
def test_requests_beyond_the_queue_are_refused(deploy, witness, at_once, proxied, timings):
    """Requests that find a pod and its queue full are refused with 503, and as many as they take are answered."""
    limited = {**witness(), "containerConcurrency": 1}
    service = deploy(max_replicas=1, annotations=DIRECT, spec={"predictor": limited})
    # The activator has a queue of its own, for thousands.
    eventually("no activator in the path", lambda: proxied(service), until=lambda it: not it, within=timings.reaction)
    sent = at_once(service, n=3 * QUEUE, taking=0.5)
    expect.overflowed(sent.samples(), takes=1 + QUEUE, saying="pending request queue full")
