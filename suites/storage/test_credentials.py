"""Models that only who has the credentials may fetch."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-STOR-001")
def test_private_model_is_fetched(deploy, store, stored, requests):
    """A model in a private S3 bucket is fetched with the credentials of the service's account."""
    service = deploy(spec=stored(f"{store.private}/first", serviceAccountName=store.account))
    expect.serves_model(requests.told(service), "the first model")


@requirement("KC-STOR-002")
def test_secret_stays_secret(deploy, store, stored, leaks):
    """The credentials that a model is fetched with are readable in no object, event or log, only in their Secret."""
    deploy(spec=stored(f"{store.private}/first", serviceAccountName=store.account))
    expect.kept_secret(leaks(store.secret), pods=2)


@requirement("KC-STOR-006")
def test_model_of_a_storage_key_is_fetched(deploy, keyed, requests):
    """A model is fetched from the storage, and with the credentials, that its storage key stands for."""
    service = deploy(spec=keyed("second"))
    expect.serves_model(requests.told(service), "the second model")


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
