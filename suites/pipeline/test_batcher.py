"""Requests that go to the model as one."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement

CALLERS = 8


@requirement("KC-PIPE-006")
def test_each_caller_gets_its_own_answer(batched, burst):
    """Requests that a batcher sends as one each get the predictions of their own instances, in order."""
    questions = [[caller, caller + 100] for caller in range(CALLERS)]
    expect.own_batched_answers(burst(batched, questions), questions, at_least=2)
