"""What was accepted once stays acceptable."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement

# KServe's name for it up to 0.15, and still understood.
OLD_WORDS = {"serving.kserve.io/deploymentMode": "Serverless"}


@requirement("KC-ADM-006")
def test_old_object_can_still_be_changed(deploy):
    """A stored service in old words can still be changed."""
    service = deploy(frameworks=["sklearn"], annotations=OLD_WORDS)
    expect.accepted(deploy.dry_update(service))
    expect.accepted(deploy.dry_update(service, max_replicas=2))
