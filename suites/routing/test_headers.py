"""What becomes of headers on the way."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-ROUTE-011")
def test_header_reaches_the_model(echo, requests):
    """A header of a client's own reaches the model unchanged."""
    answer = requests.told(echo, headers={"x-kc-question": "Why? 42; a=b"})
    expect.header_seen(answer, "x-kc-question", "Why? 42; a=b")


@requirement("KC-ROUTE-021")
def test_header_of_the_model_reaches_the_client(echo, requests):
    """A header that the model sets reaches the client unchanged."""
    answer = requests.told(echo, answer_with={"x-kc-answer": "Because; a=b, 42"})
    expect.answer_header(answer, "x-kc-answer", "Because; a=b, 42")
