"""Requests that go to the model as one."""

from fixtures.iris import INSTANCES
from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement

CALLERS = 8
MAX_LATENCY, DEFAULT_LATENCY = 0.5, 5  # seconds: of the fixture's batcher, and of one that is told nothing


@requirement("KC-PIPE-006")
def test_each_caller_gets_its_own_answer(batched, burst):
    """Requests that a batcher sends as one each get the predictions of their own instances, in order."""
    questions = [[caller, caller + 100] for caller in range(CALLERS)]
    expect.own_batched_answers(burst(batched, questions), questions, at_least=2)


@requirement("KC-PIPE-018")
def test_full_batch_goes_at_once(patient, burst, requests_seen):
    """Requests that have as many instances as maxBatchSize says go to the model as one, and wait no longer."""
    before = requests_seen(patient)
    expect.one_batch(burst(patient, [[caller, caller + 100] for caller in range(4)]), at_least=4)
    expect.equal(requests_seen(patient) - before, 1, of="requests that the model saw")


@requirement("KC-PIPE-019")
def test_lone_request_waits_for_its_latency(batched, requests):
    """A request that no other joins is answered when it has waited as long as maxLatency says."""
    alone = requests.predict(batched, [7])
    expect.predictions(alone, [7])
    expect.within(alone.seconds, low=MAX_LATENCY, high=DEFAULT_LATENCY, of="seconds of a lone request")


@requirement("KC-PIPE-020")
def test_failure_is_told_to_every_caller(batched_iris, burst):
    """When the model cannot take a batch, every request in it is answered with a message that says so."""
    expect.each_told_of_failure(burst(batched_iris, [INSTANCES[:1], [[1.0]]]), at_least=2)


@requirement("KC-PIPE-021")
def test_only_predictions_are_batched(batched, requests):
    """A request that is no V1 prediction goes past the batcher to the model."""
    expect.unbatched(requests.infer(batched, {"instances": [1]}), by="batched")
