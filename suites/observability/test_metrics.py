"""What can be measured of a model from outside."""

from fixtures.iris import INSTANCES
from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement

REQUESTS = 10


@requirement("KC-OBS-002")
def test_requests_are_counted(deploy, requests):
    """A model server counts the predictions it makes in its metrics."""
    service = deploy(max_replicas=1)
    before = requests.get(service, "/metrics")
    requests.many(REQUESTS, lambda: requests.predict(service, INSTANCES))
    after = requests.get(service, "/metrics")
    expect.counted(before, after, metric="request_predict_seconds_count", more=REQUESTS)
