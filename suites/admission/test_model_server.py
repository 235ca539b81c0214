"""What may not be said about a model server and its model."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-ADM-018")
def test_unknown_protocol_is_rejected(deploy, witness):
    """A container of the user's own that speaks an unknown protocol is rejected."""
    expect.rejected(deploy.dry_run(spec={"predictor": witness(PROTOCOL="v3")}), because="invalid protocol")


@requirement("KC-ADM-019")
def test_name_of_model_server_is_rejected(deploy):
    """A model server that is given a name is rejected."""
    expect.rejected(deploy.dry_run(spec={"predictor": {"model": {"name": "mine"}}}), because="'name' field")
