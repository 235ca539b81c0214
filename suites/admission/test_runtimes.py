"""Which runtimes are refused before they are stored."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-ADM-020")
def test_equal_priority_is_rejected(runtime):
    """A second runtime that claims a model format with the same priority is rejected."""
    runtime(model_format="contested", priority=1)
    expect.rejected(runtime.dry_run(model_format="contested", priority=1), because="same priority")
    expect.accepted(runtime.dry_run(model_format="contested", priority=2))
