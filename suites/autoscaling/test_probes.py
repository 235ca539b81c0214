"""Knative's own requests."""

from kserve_conformance.checks import consistently, expect
from kserve_conformance.plugin import requirement, slow

PROBE = {"k-network-probe": "activator"}


@slow
@requirement("KC-SCALE-041")
def test_probe_wakes_nobody(held, requests, timings):
    """A probe to a service at zero is answered by the activator, and starts no pod."""
    expect.text(requests.to_host(held.host, "/", headers=PROBE), "activator")
    consistently("no pod to be wanted", held.wanted_replicas, lambda n: n == 0, during=timings.reaction)
