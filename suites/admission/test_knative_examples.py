"""Where Knative's settings do not belong."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-PLAT-011")
def test_edited_example_is_rejected(dry_configure):
    """A setting of Knative's that is written among the examples, where it would do nothing, is rejected."""
    expect.rejected(dry_configure("config-autoscaler", {"_example": "stable-window: 60s"}), because="_example")
