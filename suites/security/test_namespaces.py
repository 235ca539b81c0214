"""What keeps the services of one namespace from those of another."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-SEC-002")
def test_same_name_elsewhere_is_another_service(deploy, elsewhere, requests):
    """Services of the same name in two namespaces each answer their own requests, and one can go without the other."""
    mine = deploy(args=["--model_name=mine"])
    theirs = elsewhere(exact_name=mine.name, args=["--model_name=theirs"])
    expect.answered_by(requests.who(mine), "mine")
    expect.answered_by(requests.who(theirs), "theirs")
    theirs.delete()
    expect.answered_by(requests.who(mine), "mine")
