"""Models in volumes of the cluster."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-STOR-005")
def test_model_in_a_claim_is_served(deploy, claim, stored, requests):
    """A model in a folder of a persistent volume claim is served, and nothing else of the claim."""
    service = deploy(spec=stored(f"pvc://{claim}/second"))
    expect.serves_model(requests.told(service), "the second model")
