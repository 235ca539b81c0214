"""What a logger may be asked to log."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-ADM-018")
def test_unknown_logger_mode_is_rejected(deploy):
    """A logger of an unknown mode is rejected."""
    expect.rejected(deploy.dry_run(spec={"predictor": {"logger": {"mode": "sometimes"}}}), because="logger")
