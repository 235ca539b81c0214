"""What a change does, and what it leaves alone."""

from fixtures.iris import INSTANCES, NO_MODEL_HERE
from kserve_conformance.checks import consistently, eventually, expect
from kserve_conformance.plugin import requirement


@requirement("KC-LIFE-005")
def test_changed_field_takes_effect(deploy, requests, timings):
    """A changed field makes exactly one new revision, and requests see the change."""
    service = deploy()
    service.update(args=["--model_name=second"])
    eventually(
        "a request to be answered by the changed model",
        lambda: requests.who(service),
        until=lambda sample: sample.answered_by == "second",
        within=timings.rollout,
    )
    expect.count(service.revisions(), 2, of="revisions")


@requirement("KC-LIFE-006")
def test_same_specification_makes_no_revision(deploy, timings):
    """Applying an identical specification again makes no revision."""
    service = deploy()
    service.apply_again()
    consistently("one revision", service.revisions, lambda revisions: len(revisions) == 1, during=timings.settle)


@requirement("KC-LIFE-011")
def test_old_revision_serves_while_the_update_fails(deploy, timings, traffic):
    """While an update fails, the old revision goes on answering every request."""
    service = deploy()
    with traffic(service, rate=10, instances=INSTANCES) as sent:
        service.update(storage_uri=NO_MODEL_HERE)
        eventually(
            "the new revision's storage initializer to fail",
            service.failed_containers,
            until=lambda names: "storage-initializer" in names,
            within=timings.failure_reported,
        )
        sent.go_on(for_=timings.settle)
    expect.nothing_lost(sent.samples, at_least=20)
