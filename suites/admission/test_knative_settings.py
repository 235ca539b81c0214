"""What Knative may not be configured to do."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-PLAT-010")
def test_illegal_setting_is_rejected(dry_configure):
    """A setting of Knative's that is not legal, an autoscaling window of a second, is rejected."""
    expect.accepted(dry_configure("config-autoscaler", {"stable-window": "6s"}))
    expect.rejected(dry_configure("config-autoscaler", {"stable-window": "1s"}), because="stable-window")
