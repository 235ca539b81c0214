"""Models that a server gives to clients it knows by a header."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-STOR-007")
def test_guarded_model_is_fetched(deploy, store, stored, requests):
    """A model that its server gives to known clients only is fetched with the headers of the service's account."""
    service = deploy(spec=stored(f"{store.guarded}/first/model.txt", serviceAccountName=store.guest))
    expect.serves_model(requests.told(service), "the first model")


@requirement("KC-STOR-008")
def test_refused_model_is_reported(deploy, store, stored, failed_model):
    """A model that is refused for lack of credentials is never served, and the service's status names its uri."""
    refused = f"{store.guarded}/first/model.txt"
    service = deploy.request(spec=stored(refused))
    expect.names_uri(failed_model(service).message, refused)
    expect.not_ready(service)
