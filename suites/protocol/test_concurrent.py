"""Requests at the same time."""

from fixtures.questions import TOO_NARROW, classes_of, flowers, rows_of, v2
from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-V1-006")
def test_answers_go_to_their_own_request(iris, burst):
    """Concurrent requests each get the answer to their own question."""
    asked = flowers(60)
    answers = burst(iris, [rows_of([flower]) for flower in asked])
    expect.each_predicts(answers, [classes_of([flower]) for flower in asked], at_least=60)


@requirement("KC-V2-011")
def test_inferences_go_to_their_own_request(iris_v2, inferences):
    """Concurrent inferences each get the answer to their own question."""
    asked = flowers(60)
    answers = inferences(iris_v2, [v2(rows_of([flower])) for flower in asked])
    expect.each_infers(answers, [classes_of([flower]) for flower in asked], at_least=60)


@requirement("KC-V2-022")
def test_ids_go_to_their_own_request(iris_v2, inferences):
    """Concurrent inferences each get their own id back."""
    ids = [f"kc-{number}" for number in range(60)]
    answers = inferences(iris_v2, [v2(rows_of([0]), id=name) for name in ids])
    expect.ids(answers, ids, at_least=60)


@requirement("KC-V2-023")
def test_bad_request_harms_only_itself(iris_v2, inferences):
    """Bad requests among concurrent inferences spoil no other answer.

    Not in KServe 0.10, whose MLServer loses connections after such a request (see KC-V2-010).
    """
    asked = flowers(40)
    answers = inferences(iris_v2, [body for flower in asked for body in (v2(rows_of([flower])), TOO_NARROW)])
    expect.each_infers(answers[::2], [classes_of([flower]) for flower in asked], at_least=40)
    expect.each_failed(answers[1::2], at_least=40)
