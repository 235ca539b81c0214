"""What a change does, and what it leaves alone."""

from fixtures.iris import CLASSES, INSTANCES, NO_MODEL_HERE
from kserve_conformance.checks import consistently, eventually, expect
from kserve_conformance.plugin import requirement, slow


@slow
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
    consistently("two revisions", service.revisions, lambda revisions: len(revisions) == 2, during=timings.settle)


@slow
@requirement("KC-LIFE-006")
def test_same_specification_makes_no_revision(deploy, timings):
    """Applying an identical specification again makes no revision."""
    service = deploy()
    service.apply_again()
    consistently("one revision", service.revisions, lambda revisions: len(revisions) == 1, during=timings.settle)


@slow
@requirement("KC-LIFE-011")
def test_old_revision_serves_while_the_update_fails(deploy, initializer_failed, timings, traffic):
    """While an update fails, the old revision goes on answering every request."""
    service = deploy()
    with traffic(service, rate=10, instances=INSTANCES) as sent:
        service.update(storage_uri=NO_MODEL_HERE)
        initializer_failed(service)
        sent.go_on(for_=timings.settle)
    expect.nothing_lost(sent.samples, at_least=20)


@requirement("KC-LIFE-015")
def test_status_belongs_to_the_current_spec(deploy, timings):
    """After an update the status names the new revision as the one that is ready and rolled out, and the old one as
    the one before.
    """
    service = deploy()
    old = service.rollout().created
    service.update(args=["--model_name=second"])
    after = eventually(
        "the new revision to have all traffic in the status",
        service.rollout,
        until=lambda said: said.created not in ("", old) and said.gives_newest(100),
        within=timings.rollout,
    )
    expect.equal(after.rolled_out, after.created, of="latestRolledoutRevision")
    expect.equal(after.previous, old, of="previousRolledoutRevision")


@requirement("KC-LIFE-020")
def test_specification_from_before_heals(deploy, initializer_failed, requests, timings):
    """After a failed update the specification from before makes the service Ready again."""
    service = deploy()
    service.update(storage_uri=NO_MODEL_HERE)
    initializer_failed(service)
    service.update(storage_uri=None)
    eventually("Ready again", service.said, until=lambda said: said == "Ready True", within=timings.rollout)
    expect.predictions(requests.predict(service, INSTANCES), CLASSES)
