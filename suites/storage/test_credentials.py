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
