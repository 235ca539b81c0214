"""Models that come in one piece."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-STOR-009")
def test_model_in_an_archive_is_unpacked(deploy, store, stored, requests):
    """A model in a zip file or a compressed tar file is unpacked and served."""
    zipped = deploy(spec=stored(f"{store.public}/first.zip"))
    tarred = deploy(spec=stored(f"{store.public}/second.tar.gz"))
    expect.serves_model(requests.told(zipped), "the first model")
    expect.serves_model(requests.told(tarred), "the second model")
