"""Hosts of single revisions."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement

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
