"""What becomes of a revision that was replaced."""

from fixtures.annotations import PROXIED
from kserve_conformance.checks import eventually, expect
from kserve_conformance.plugin import requirement, slow


@slow
@requirement("KC-ROLL-010")
def test_retired_revision_releases_its_pods(deploy, requests, canary, timings):
    """A revision that gets no more requests releases its pods."""
    service = deploy(annotations=PROXIED)
    old = service.rollout().created
    expect.some(service.ready_pods(old), of="pods of the old revision")
    canary(service, name="second", percent=100)
    eventually(
        "no pod of the old revision to be left",
        lambda: service.ready_pods(old),
        until=lambda pods: not pods,
        within=timings.idle_to_zero,
    )
    expect.answered_by(requests.who(service), "second")
