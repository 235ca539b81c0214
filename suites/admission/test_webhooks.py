"""The webhooks that admit services."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-ADM-008")
def test_webhooks_are_trusted(deploy):
    """The API server reaches and trusts the webhooks that admit services."""
    expect.accepted(deploy.dry_run())
    expect.rejected(deploy.dry_run(min_replicas=3, max_replicas=1), because="admission webhook")
