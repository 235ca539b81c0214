"""Facts about the way a request took: what satisfies them, and what does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from kserve_conformance.checks import expect
from kserve_conformance.inference.events import Event, Sink
from kserve_conformance.model import BrokenPromise, Sample
from tests.checks.test_expect import GATEWAY_404, SILENCE, sample

TOLD = sample({"seen": 3, "headers": {"X-Kc": "a", "Traceparent": "00-abc-1-01"}, "trail": ["a", "b"]})
MARKED = sample({"predictions": [1], "transformed_by": "transformer"})
METRICS = [sample(f'of_others 7\nn_count{{model="a"}} {n}.0\nn_count{{model="b"}} 1.0\n'.encode()) for n in (1, 3)]
EVENTS = [Event("1", "request", "iris"), Event("1", "response", "iris")]
BATCH = [sample({"batchId": "x", "predictions": [n]}) for n in (1, 2)]


def seen(number: int) -> Sample:
    return sample({"seen": number})


HOLDS: list[Callable[[], object]] = [
    lambda: expect.public_host("iris.kc.example.com"),
    lambda: expect.executed_once([TOLD, TOLD], before=seen(1), after=seen(3), at_least=2),
    lambda: expect.header_seen(TOLD, "x-kc", "a"),
    lambda: expect.trace_seen(TOLD, "abc"),
    lambda: expect.counted(METRICS[0], METRICS[1], metric="n_count", more=2),
    lambda: expect.passed_through([MARKED], "transformer", at_least=1),
    lambda: expect.trail(TOLD, "a", "b"),
    lambda: expect.same_status(sample({}, 400), sample({}, 400), code=400),
    lambda: expect.logged_once(EVENTS, ["1"], service="iris", at_least=1),
    lambda: expect.own_batched_answers(BATCH, [[1], [2]], at_least=2),
    lambda: expect.each_trail([TOLD, TOLD], "a", "b", at_least=2),
    lambda: expect.passed_on(TOLD, "x-kc", "a"),
    lambda: expect.failure_told(sample({"error": "too long"}, 422), status=422),
    lambda: expect.failure_told(sample({"error": "HTTPStatusError: 422 Unprocessable"}, 500), status=422),
    lambda: expect.variables_seen(sample({"variables": {"PORT": "8080", "K_SERVICE": "x"}}), PORT="8080"),
    lambda: expect.answer_header(replace(TOLD, headers={"x-kc": "a"}), "x-kc", "a"),
    lambda: expect.came_in_pieces(sample(b"first\nasked for\n")),
    lambda: expect.text(sample(b"activator\n"), "activator"),
    lambda: expect.none_answered([GATEWAY_404, GATEWAY_404], at_least=2),
]

BROKEN: list[Callable[[], object]] = [
    lambda: expect.public_host("iris.kc.svc.cluster.local"),
    lambda: expect.public_host("iris.kc.svc.cluster.local:80"),
    lambda: expect.executed_once([TOLD, TOLD], before=seen(1), after=seen(4), at_least=2),  # one was repeated
    lambda: expect.executed_once([TOLD, TOLD], before=seen(1), after=seen(2), at_least=2),
    lambda: expect.executed_once([TOLD, GATEWAY_404], before=seen(1), after=seen(3), at_least=2),
    lambda: expect.executed_once([], before=seen(1), after=seen(1), at_least=1),
    lambda: expect.header_seen(TOLD, "x-kc", "b"),
    lambda: expect.header_seen(sample({}), "x-kc", "a"),
    lambda: expect.trace_seen(TOLD, "def"),
    lambda: expect.counted(METRICS[0], METRICS[1], metric="n_count", more=3),
    lambda: expect.counted(METRICS[0], METRICS[1], metric="none", more=0),
    lambda: expect.passed_through([sample({"predictions": [1]})], "transformer", at_least=1),
    lambda: expect.passed_through([], "transformer", at_least=1),
    lambda: expect.trail(TOLD, "b", "a"),
    lambda: expect.same_status(sample({}, 200), sample({}, 400), code=400),
    lambda: expect.same_status(sample({}, 400), sample({}, 200), code=400),
    lambda: expect.logged_once(EVENTS[:1], ["1"], service="iris", at_least=1),
    lambda: expect.logged_once([*EVENTS, EVENTS[0]], ["1"], service="iris", at_least=1),
    lambda: expect.logged_once(EVENTS, ["1"], service="other", at_least=1),
    lambda: expect.logged_once([], [], service="iris", at_least=1),
    lambda: expect.own_batched_answers(BATCH, [[2], [1]], at_least=2),
    lambda: expect.each_trail([TOLD, MARKED], "a", "b", at_least=2),
    lambda: expect.each_trail([TOLD], "a", "b", at_least=2),
    lambda: expect.passed_on(TOLD, "x-kc", "b"),
    lambda: expect.passed_on(MARKED, "x-kc", "a"),
    lambda: expect.failure_told(sample({"predictions": []}), status=422),
    lambda: expect.failure_told(sample({"error": "something"}, 500), status=422),
    lambda: expect.failure_told(sample({"error": "422"}, 200), status=422),
    lambda: expect.failure_told(sample(b"422", 422), status=422),
    lambda: expect.variables_seen(sample({"variables": {"PORT": None}}), PORT="8080"),
    lambda: expect.variables_seen(MARKED, PORT="8080"),
    lambda: expect.answer_header(TOLD, "x-kc", "a"),
    lambda: expect.came_in_pieces(sample(b"first\nnobody asked\n")),
    lambda: expect.came_in_pieces(SILENCE),
    lambda: expect.text(sample(b"queue"), "activator"),
    lambda: expect.text(sample(b"activator", 503), "activator"),
    lambda: expect.none_answered([GATEWAY_404], at_least=2),
    lambda: expect.none_answered([GATEWAY_404, sample({"models": ["iris"]})], at_least=2),
    lambda: expect.own_batched_answers(
        [BATCH[0], sample({"batchId": "y", "predictions": [2]})], [[1], [2]], at_least=2
    ),
]


def told(*events: tuple[str, str]) -> Sample:
    names = [{"ce-id": each, "ce-type": f"org.kubeflow.serving.inference.{kind}"} for each, kind in events]
    return sample({"events": names})


def test_sink_waits_for_two_events_of_each_request() -> None:
    answers = iter([told(("1", "request")), told(("1", "request"), ("2", "request"), ("1", "response"))])
    assert [each.kind for each in Sink(lambda: next(answers), within=5)(["1"])] == ["request", "response"]


def test_sink_gives_what_came_in_time() -> None:
    assert len(Sink(lambda: told(("1", "request")), within=0)(["1"])) == 1


def test_sink_that_is_silent_is_a_broken_promise() -> None:
    with pytest.raises(BrokenPromise):
        Sink(lambda: SILENCE, within=0)(["1"])
