"""What may not be said about a model server and its model."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement

UNSAFE = [{"name": "PYTHONPATH", "value": "/tmp"}]
TWO_SOURCES = {"storageUris": [{"uri": "gs://kfserving-examples/models/sklearn/1.0/model", "mountPath": "/mnt/models"}]}


@requirement("KC-ADM-014")
def test_python_path_is_rejected(deploy):
    """A model server that is told where to look for Python modules is rejected."""
    expect.rejected(deploy.dry_run(spec={"predictor": {"model": {"env": UNSAFE}}}), because="PYTHONPATH")


@requirement("KC-ADM-015")
def test_unknown_protocol_is_rejected(deploy, witness):
    """A container of the user's own that speaks an unknown protocol is rejected."""
    expect.rejected(deploy.dry_run(spec={"predictor": witness(PROTOCOL="v3")}), because="invalid protocol")


@requirement("KC-ADM-016")
def test_name_of_model_server_is_rejected(deploy):
    """A model server that is given a name is rejected."""
    expect.rejected(deploy.dry_run(spec={"predictor": {"model": {"name": "mine"}}}), because="'name' field")


@requirement("KC-ADM-017")
def test_two_sources_of_a_model_are_rejected(deploy):
    """A service that says twice where its model is, as one URI and as a list of them, is rejected."""
    expect.rejected(deploy.dry_run(spec={"predictor": TWO_SOURCES}), because="StorageURIs is not supported")
