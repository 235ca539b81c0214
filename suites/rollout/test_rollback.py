"""The way back from a canary that was promoted."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement, slow


@slow
@requirement("KC-ROLL-007")
def test_rollback_loses_no_request(deploy, requests, canary, taken_over, timings, traffic):
    """No request is lost while a promoted canary is rolled back, and the revision before it answers again."""
    service = deploy()
    canary(service, name="canary", percent=100)
    with traffic(service, rate=50, path="/v1/models") as sent:
        service.update(canary_percent=0)
        taken_over(sent, by=service.model_name)
        sent.go_on(for_=timings.settle)
    expect.nothing_lost(sent.samples, at_least=100)
    expect.answered_by(requests.who(service), service.model_name)
