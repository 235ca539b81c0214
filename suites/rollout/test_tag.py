"""Hosts of single revisions."""

from fixtures.annotations import PROXIED
from kserve_conformance.checks import consistently, eventually, expect
from kserve_conformance.plugin import requirement, slow

BOTH_SIDES = {"serving.kserve.io/enable-tag-routing": "true"}
REQUESTS = 50


@requirement("KC-ROLL-009")
def test_tag_host_reaches_its_revision_only(deploy, requests, canary):
    """The host of a tag reaches the tag's revision only."""
    service = deploy(annotations=BOTH_SIDES)
    canary(service, name="canary", percent=20)
    hosts = service.rollout().hosts
    newest = requests.many(REQUESTS, lambda: requests.to_host(hosts["latest"], "/v1/models"))
    stable = requests.many(REQUESTS, lambda: requests.to_host(hosts["prev"], "/v1/models"))
    expect.answered_only_by(newest, "canary", at_least=REQUESTS)
    expect.answered_only_by(stable, service.model_name, at_least=REQUESTS)


@slow
@requirement("KC-ROLL-014")
def test_tag_host_wakes_its_revision_only(deploy, requests, canary, timings):
    """When both sides of a canary are at zero, a request to the host of one wakes that one only."""
    service = deploy(min_replicas=0, annotations={**PROXIED, **BOTH_SIDES})
    stable = service.rollout().created
    newest = canary(service, name="canary", percent=20)
    eventually(
        "no pod to be left", service.pods, until=lambda pods: not pods, within=timings.idle_to_zero + timings.deletion
    )
    expect.answered_by(requests.to_host(service.rollout().hosts["prev"], "/v1/models"), service.model_name)
    expect.pods(service.ready_pods(stable), of="the revision that was asked", at_least=1)
    consistently(
        "no pod of the other revision", lambda: service.pods(newest), lambda pods: not pods, during=timings.settle
    )
