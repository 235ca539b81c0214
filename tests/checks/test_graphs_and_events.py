"""Facts about graphs, batches and CloudEvents: what satisfies them, and what does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from kserve_conformance.checks import expect
from kserve_conformance.inference.events import Event, Sink
from tests.checks.test_expect import GATEWAY_404, SILENCE, sample

FAILED = sample({"trail": ["a"]}, 422)
MERGED = sample({"first": {"trail": ["a"], "most_at_once": 1}, "1": {"trail": ["b"], "most_at_once": 2}})
SPLIT = [*[sample({"trail": ["a"]})] * 20, *[sample({"trail": ["b"]})] * 80]
CALLER = {"Authorization": "me", "X-Name": "it"}
STEP = sample({"headers": {"authorization": "me", "Content-Type": "application/json"}})
WEIGHTS = {"a": 20, "b": 80}
BATCH = [sample({"message": "", "batchId": "x", "predictions": [n]}) for n in (1, 2)]
TOLD = sample({"message": "no", "batchId": "", "predictions": None})
PLAIN = sample({"predictions": [1], "answered_by": "m"})
ATTRIBUTES = {
    "specversion": "1.0",
    "type": "org.kubeflow.serving.inference.request",
    "id": "1",
    "source": "pod",
    "time": "now",
    "namespace": "kc",
}
EVENT = Event("1", "request", "iris", ATTRIBUTES, '{"a": 1}')
REPLY = Event("1", "response", "iris", {}, '{"b": 2}')
OWN = {"specversion": "1.0", "type": "t", "source": "s", "id": "2", "time": "now"}
BINARY = sample({}, headers={f"ce-{name}": text for name, text in OWN.items()})
WANTED = {"type": "t", "source": "s", "not_id": "1"}


def without(name: str) -> Event:
    return replace(EVENT, attributes={key: text for key, text in ATTRIBUTES.items() if key != name})


HOLDS: list[Callable[[], object]] = [
    lambda: expect.failed_after(FAILED, "a", code=422),
    lambda: expect.merged(MERGED, {"first": "a", "1": "b"}),
    lambda: expect.inside_at_once(MERGED, 2),
    lambda: expect.headers_of_a_step(STEP, CALLER, named=["Authorization"]),
    lambda: expect.splits(SPLIT, WEIGHTS, n=100),
    lambda: expect.one_batch(BATCH, at_least=2),
    lambda: expect.each_told_of_failure([TOLD, TOLD], at_least=2),
    lambda: expect.unbatched(PLAIN, by="m"),
    lambda: expect.event_attributes([EVENT, EVENT], at_least=2, namespace="kc"),
    lambda: expect.event_data([EVENT, REPLY], request={"a": 1}, response={"b": 2}),
    lambda: expect.binary_event(BINARY, **WANTED),
    lambda: expect.structured_event(sample({**OWN, "data": [1]}), data=[1], **WANTED),
    lambda: expect.made({"deployments.apps", "services"}, "services", nothing_of="knative.dev"),
]

BROKEN: list[Callable[[], object]] = [
    lambda: expect.failed_after(FAILED, "a", code=404),
    lambda: expect.failed_after(FAILED, "a", "b", code=422),
    lambda: expect.failed_after(GATEWAY_404, "a", code=404),
    lambda: expect.merged(MERGED, {"first": "a"}),
    lambda: expect.merged(MERGED, {"first": "b", "1": "a"}),
    lambda: expect.merged(sample({"trail": ["a"]}), {"first": "a"}),
    lambda: expect.inside_at_once(MERGED, 3),
    lambda: expect.inside_at_once(sample({}), 1),
    lambda: expect.headers_of_a_step(STEP, CALLER, named=[]),
    lambda: expect.headers_of_a_step(STEP, CALLER, named=list(CALLER)),
    lambda: expect.headers_of_a_step(sample({"trail": ["a"]}), CALLER, named=[]),
    lambda: expect.headers_of_a_step(SILENCE, CALLER, named=["Authorization"]),
    lambda: expect.splits(SPLIT, {"a": 80, "b": 20}, n=100),
    lambda: expect.splits(SPLIT[:-1], WEIGHTS, n=100),
    lambda: expect.splits([*SPLIT[:-1], GATEWAY_404], WEIGHTS, n=100),
    lambda: expect.splits([*SPLIT[:-1], sample({"trail": ["a", "b"]})], WEIGHTS, n=100),
    lambda: expect.one_batch(BATCH[:1], at_least=2),
    lambda: expect.one_batch([BATCH[0], sample({"batchId": "y", "predictions": [2]})], at_least=2),
    lambda: expect.one_batch([PLAIN, PLAIN], at_least=2),
    lambda: expect.one_batch([BATCH[0], SILENCE], at_least=2),
    lambda: expect.each_told_of_failure([TOLD], at_least=2),
    lambda: expect.each_told_of_failure([TOLD, BATCH[0]], at_least=2),
    lambda: expect.each_told_of_failure([TOLD, SILENCE], at_least=2),
    lambda: expect.unbatched(BATCH[0], by="m"),
    lambda: expect.unbatched(PLAIN, by="other"),
    lambda: expect.event_attributes([EVENT], at_least=2),
    lambda: expect.event_attributes([EVENT], at_least=1, namespace="other"),
    lambda: expect.event_attributes([without("source")], at_least=1),
    lambda: expect.event_attributes([without("type")], at_least=1),
    lambda: expect.event_data([EVENT, REPLY], request={"a": 1}, response={"a": 1}),
    lambda: expect.event_data([EVENT], request={"a": 1}, response={"b": 2}),
    lambda: expect.event_data([EVENT, EVENT, REPLY], request={"a": 1}, response={"b": 2}),
    lambda: expect.binary_event(BINARY, type="t", source="s", not_id="2"),
    lambda: expect.binary_event(BINARY, type="t", source="other", not_id="1"),
    lambda: expect.binary_event(sample({}), **WANTED),
    lambda: expect.structured_event(sample({**OWN, "data": [1]}), data=[2], **WANTED),
    lambda: expect.structured_event(sample({"predictions": [1]}), data=[1], **WANTED),
    lambda: expect.made({"deployments.apps"}, "services", nothing_of="knative.dev"),
    lambda: expect.made({"services", "routes.serving.knative.dev"}, "services", nothing_of="knative.dev"),
]


def test_sink_tells_what_an_event_had_in_it() -> None:
    told = {f"ce-{name}": text for name, text in ATTRIBUTES.items()} | {"data": '{"a": 1}'}
    sink = Sink(lambda: sample({"events": [told]}), within=0)
    assert sink(["1"]) == [replace(EVENT, service="")]
    assert sink.kinds(["1", "2"]) == {"request": 1}
