"""Knative's own requests."""

from fixtures.annotations import PROXIED
from kserve_conformance.checks import consistently, expect
from kserve_conformance.plugin import requirement, slow

PROBE = {"k-network-probe": "activator"}


@slow
@requirement("KC-SCALE-041")
def test_probe_wakes_nobody(service_at_zero, witness, requests, timings):
    """A probe to a service at zero is answered by the activator, and starts no pod."""
    service = service_at_zero(annotations=PROXIED, spec={"predictor": witness(NAME="asleep")})
    expect.text(requests.to_host(service.host, "/", headers=PROBE), "activator")
    consistently("no pod to be wanted", service.wanted_replicas, lambda n: n == 0, during=timings.reaction)
