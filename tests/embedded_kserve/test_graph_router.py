"""What a graph's router makes of its steps' answers, before and since KServe 0.12."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import Any

import pytest

from kserve_conformance.embedded.runtimes.graph_nodes import Answer, Graph, Headers, RoutingError

GOOD, BAD = {"predictions": [1]}, {"detail": "Intentional 404 code"}


async def call(url: str, body: bytes, _: Headers) -> Answer:
    """A service at `good`, one at `bad`, one that echoes, one that talks no JSON object, and none elsewhere."""
    await asyncio.sleep(0)
    answers = {"good": (GOOD, 200), "bad": (BAD, 404), "list": ([1], 200)}
    if url == "echo":
        return Answer(body, 200)
    if url not in answers:
        raise RoutingError(f'Post "{url}": dial tcp: lookup {url}: no such host')
    answer, status = answers[url]
    return Answer(json.dumps(answer).encode(), status)


def asked(nodes: dict[str, Any], body: Any = None, *, old: bool = False) -> tuple[int, Any]:
    answer = asyncio.run(Graph(nodes, call, old=old).route("root", json.dumps(body).encode(), []))
    return answer.status, json.loads(answer.body)


def node(kind: str, *steps: dict[str, Any]) -> dict[str, Any]:
    return {"routerType": kind, "steps": list(steps)}


def step(url: str, **more: Any) -> dict[str, Any]:
    return {"serviceUrl": url, **more}


def test_a_sequence_answers_with_its_last_step() -> None:
    assert asked({"root": node("Sequence", step("bad"), step("good"))}) == (200, GOOD)
    assert asked({"root": node("Sequence", step("good"), step("bad"))}) == (404, BAD)
    assert asked({"root": node("Sequence", step("good"), step("bad"))}, old=True) == (200, BAD)


def test_a_hard_step_that_fails_ends_a_sequence() -> None:
    root = node("Sequence", step("bad", dependency="Hard"), step("good"))
    assert asked({"root": root}) == (404, BAD)
    assert asked({"root": root}, old=True) == (200, GOOD)


def test_data_of_the_step_before() -> None:
    assert asked({"root": node("Sequence", step("good"), step("echo", data="$response"))}, {"a": 1}) == (200, GOOD)
    assert asked({"root": node("Sequence", step("good"), step("echo", data="$request"))}, {"a": 1}) == (200, {"a": 1})


def test_predictions_become_instances() -> None:
    mapped = step("echo", data="$response", mapPredictionsToInstances=True)
    assert asked({"root": node("Sequence", step("good"), mapped)}) == (200, {"instances": [1]})


def test_a_condition_that_does_not_hold_ends_a_sequence_well() -> None:
    assert asked({"root": node("Sequence", step("bad"), step("good", condition="predictions"))}) == (200, BAD)
    with pytest.raises(RoutingError, match="invalid response"):
        asked({"root": node("Sequence", step("good", condition="predictions"))})


def test_a_switch_takes_the_first_that_matches() -> None:
    root = node("Switch", step("bad", condition="[@this].#(kind==1)"), step("good", condition="kind"))
    assert asked({"root": root}, {"kind": 1}) == (404, BAD)
    assert asked({"root": root}, {"kind": 2}) == (200, GOOD)
    assert asked({"root": root}, {"other": 2}, old=True) == (200, {"other": 2})
    with pytest.raises(RoutingError, match="None of the routes matched") as caught:
        asked({"root": root}, {"other": 2})
    assert caught.value.status == 404


def test_a_nested_switch_that_matches_nothing_is_a_failure_of_the_graph() -> None:
    nodes = {"root": node("Sequence", {"nodeName": "inner"}), "inner": node("Switch", step("good", condition="kind"))}
    with pytest.raises(RoutingError) as caught:
        asked(nodes, {})
    assert caught.value.status == 500


def test_an_ensemble_merges_by_name() -> None:
    root = node("Ensemble", step("good", name="one"), step("bad"))
    assert asked({"root": root}) == (200, {"one": GOOD, "1": BAD})


def test_a_hard_step_that_fails_decides_an_ensemble() -> None:
    root = node("Ensemble", step("good"), step("bad", dependency="Hard"))
    assert asked({"root": root}) == (404, BAD)
    assert asked({"root": root}, old=True) == (200, {"0": GOOD, "1": BAD})


def test_an_ensemble_takes_objects_only() -> None:
    with pytest.raises(RoutingError, match="json: cannot unmarshal array into Go value of type map"):
        asked({"root": node("Ensemble", step("good"), step("list"))})


def test_a_service_that_is_not_there_is_an_error() -> None:
    with pytest.raises(RoutingError, match="no such host"):
        asked({"root": node("Sequence", step("nowhere"))})


def test_a_splitter_keeps_its_weights() -> None:
    root = node("Splitter", step("good", weight=20), step("echo", weight=80))
    graph, counted = Graph({"root": root}, call, old=False), Counter[bytes]()

    async def many() -> None:
        for _ in range(1000):
            counted[(await graph.route("root", b"{}", [])).body] += 1

    asyncio.run(many())
    assert 120 < counted[json.dumps(GOOD).encode()] < 280  # six standard deviations
