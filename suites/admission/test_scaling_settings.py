"""How a service may not be asked to scale."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-ADM-012")
def test_unknown_autoscaler_is_rejected(deploy):
    """An unknown class of autoscaler is rejected."""
    settings = {"serving.kserve.io/autoscalerClass": "nosuchclass"}
    expect.rejected(deploy.dry_run(annotations=settings), because="nosuchclass")


@requirement("KC-ADM-013")
def test_target_below_one_is_rejected(deploy):
    """A target of less than one request per second is rejected."""
    expect.rejected(deploy.dry_run(scale_metric="rps", scale_target=0), because="target for rps")
