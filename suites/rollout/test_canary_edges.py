"""Shares that are no split: nothing, the first revision's, and what is no percentage."""

from kserve_conformance.checks import eventually, expect
from kserve_conformance.plugin import requirement

REQUESTS = 100


@requirement("KC-ROLL-003")
def test_canary_of_nothing_gets_no_request(deploy, requests, canary):
    """A canary of 0 % gets no request."""
    service = deploy()
    canary(service, name="canary", percent=0)
    answers = requests.who_answers(service, times=REQUESTS)
    expect.answered_only_by(answers, service.model_name, at_least=REQUESTS)


@requirement("KC-ROLL-004")
def test_first_revision_gets_everything(deploy, requests):
    """The first revision of a service gets every request, whatever share a canary is to have."""
    service = deploy(canary_percent=10)
    expect.equal(service.rollout().shares, {service.rollout().created: 100}, of="the traffic in the status")
    answers = requests.who_answers(service, times=REQUESTS)
    expect.answered_only_by(answers, service.model_name, at_least=REQUESTS)


@requirement("KC-ROLL-011")
def test_share_beyond_everything_changes_nothing(deploy, requests, timings):
    """A share that is no percentage is told in a warning event, and the requests go where they went."""
    service = deploy()
    service.update(args=["--model_name=canary"], canary_percent=150)
    eventually(
        "a warning event about the share",
        service.warnings,
        until=lambda said: "150" in said,
        within=timings.reaction,
    )
    answers = requests.who_answers(service, times=REQUESTS)
    expect.answered_only_by(answers, service.model_name, at_least=REQUESTS)
