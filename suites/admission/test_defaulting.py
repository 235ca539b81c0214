"""What the platform adds to an object before it is stored."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-ADM-007")
def test_framework_becomes_a_model_format(deploy):
    """A model under its framework's own field is stored as a model of that format."""
    admitted = deploy.dry_run(frameworks=["sklearn"])
    expect.defaulted(admitted, "spec.predictor.model.modelFormat.name", "sklearn")
    expect.defaulted(admitted, "spec.predictor.sklearn", None)
