"""How a service is deployed is said once."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement

STANDARD = {"serving.kserve.io/deploymentMode": "Standard"}


@requirement("KC-ADM-010")
def test_deployment_mode_cannot_be_changed(deploy, iris):
    """The deployment mode of a service cannot be changed."""
    expect.rejected(deploy.dry_update(iris, annotations=STANDARD), because="deploymentMode")
