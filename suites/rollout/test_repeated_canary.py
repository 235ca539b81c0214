"""A canary that follows one that was never promoted."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement

REQUESTS = 300


@requirement("KC-ROLL-005")
def test_only_two_revisions_answer(deploy, requests, canary):
    """A second canary shares the requests with the stable revision, and the first canary gets none.

    300 requests at 50 % accept 108 to 192 hits: a right platform fails once in a million runs. A first canary that gets
    a hundredth of them is missed one time in twenty; in the place of one of the others it is never missed.
    """
    service = deploy()
    canary(service, name="first", percent=50)
    canary(service, name="second", percent=50)
    answers = requests.who_answers(service, times=REQUESTS)
    expect.share(answers, of="second", others=(service.model_name,), percent=50, n=REQUESTS)
