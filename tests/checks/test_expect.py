"""Every fact that a suite states: what satisfies it, and what does not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from math import comb
from pathlib import Path
from typing import Any

import pytest

from kserve_conformance.checks import expect
from kserve_conformance.checks.expect.services import Admitted
from kserve_conformance.checks.expect.traffic import FALSE_ALARM, limits
from kserve_conformance.model import BrokenPromise, Sample
from kserve_conformance.platform.connected import Component


def sample(body: Any = b"", status: int | None = 200, **fields: Any) -> Sample:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    plain = Sample(0.0, 0.0, 0.1, "POST", "http://gateway/", "iris.example.com", status, {}, content, None, "curl it")
    return replace(plain, **fields)


GOLDEN_V2 = {"outputs": [{"shape": [2], "datatype": "INT64", "data": [1, 2]}]}
PREDICTED = sample({"predictions": [1, 2]})
INFERRED = sample({"id": "a", "outputs": [{"name": "o", "shape": [2], "datatype": "INT64", "data": [1, 2]}]})
INSIDE = sample({"most_at_once": 2})
MODELS = sample({"models": ["iris"]})
GATEWAY_404 = sample(b"", 404)
PLAIN_503 = sample(b"no healthy upstream", 503)
SILENCE = sample(b"", None, error="ConnectError: refused")
DETAIL = sample({"detail": "Not Found"}, 404)
REFUSED = Admitted(accepted=False, code=400, message="MinReplicas cannot be greater", stored=False)
READY = Component("a", "kserve", True, "Available True")


def without(**changes: Any) -> Sample:
    """The V2 answer with one field of its tensor changed."""
    content = INFERRED.json()
    content["outputs"][0].update(changes)
    return sample(content)


HOLDS: list[Callable[[], object]] = [
    lambda: expect.answered(PREDICTED),
    lambda: expect.status(DETAIL, 404),
    lambda: expect.predictions(PREDICTED, [1, 2]),
    lambda: expect.each_predicts([PREDICTED, PREDICTED], [[1, 2]] * 2, at_least=2),
    lambda: expect.outputs(INFERRED, GOLDEN_V2),
    lambda: expect.outputs(without(shape=[2, 1]), GOLDEN_V2),  # a column, as MLServer writes it
    lambda: expect.output_datatypes(INFERRED, metadata=sample({"outputs": [{"datatype": "INT64"}]}), golden={}),
    lambda: expect.output_datatypes(INFERRED, metadata=sample({"outputs": []}), golden=GOLDEN_V2),
    lambda: expect.shapes_count_data(without(shape=[1, 2], data=[[1, 2]]), at_least=1),
    lambda: expect.answered_by(MODELS, "iris"),
    lambda: expect.matches("iris.example.com", r"iris\.example\.com", of="the host"),
    lambda: expect.no_model_answered(GATEWAY_404),
    lambda: expect.json_error(DETAIL, status=(404, 400)),
    lambda: expect.json_errors([DETAIL, DETAIL], statuses=[404, 404], at_least=2),
    lambda: expect.json_body(DETAIL),
    lambda: expect.refused_with_json(DETAIL),
    lambda: expect.members(INFERRED, id="a"),
    lambda: expect.rejected(REFUSED, because="minreplicas"),
    lambda: expect.accepted(replace(REFUSED, accepted=True)),
    lambda: expect.absent(REFUSED),
    lambda: expect.nothing_lost([PREDICTED] * 3, at_least=3),
    lambda: expect.hardly_any_lost([SILENCE, *[PREDICTED] * 9], one_in=10, at_least=10),
    lambda: expect.hardly_any_lost([PREDICTED] * 3, one_in=10, at_least=3),
    lambda: expect.share([MODELS] * 10, of="iris", others=(), percent=99, n=10),
    lambda: expect.at_most([1, 2, 1], 2, of="replicas", at_least=2),
    lambda: expect.count([1], 1, of="revisions"),
    lambda: expect.each_has([{"a": "b", "c": "d"}], {"a": "b"}, of="labels", at_least=1),
    lambda: expect.within(6, low=6, high=7, of="window"),
    lambda: expect.available([READY], at_least=1),
    lambda: expect.contains({"A", "B"}, "A"),
    lambda: expect.all_json({"a": "{}"}, at_least=1),
    lambda: expect.files_found(sample({"files": ["model.joblib"]}), ["model.joblib"]),
    lambda: expect.at_least([3, 4], 3, of="replicas"),
    lambda: expect.settled([1, 3, 5, 3], on=3, of="replicas", turns=2),  # a surplus on the way
    lambda: expect.most_inside([INSIDE, INSIDE], 2, at_least=2),
    lambda: expect.includes(["istio-proxy", "queue-proxy"], "queue-proxy", of="containers"),
]

BROKEN: list[Callable[[], object]] = [
    lambda: expect.answered(PLAIN_503),
    lambda: expect.answered(SILENCE),
    lambda: expect.status(DETAIL, 200),
    lambda: expect.predictions(PREDICTED, [2, 1]),  # the order counts
    lambda: expect.predictions(PREDICTED, [1]),
    lambda: expect.predictions(sample(b"[1, 2]"), [1, 2]),
    lambda: expect.predictions(sample({"predictions": [1, 2]}, 500), [1, 2]),
    lambda: expect.each_predicts([PREDICTED, sample({"predictions": [2, 1]})], [[1, 2]] * 2, at_least=2),
    lambda: expect.each_predicts([], [], at_least=1),
    lambda: expect.outputs(without(data=[2, 1]), GOLDEN_V2),
    lambda: expect.outputs(without(datatype="INT32"), GOLDEN_V2),
    lambda: expect.outputs(without(shape=[1, 2]), GOLDEN_V2),
    lambda: expect.outputs(sample({"outputs": []}), GOLDEN_V2),
    lambda: expect.outputs(sample({}), GOLDEN_V2),
    lambda: expect.output_datatypes(INFERRED, metadata=sample({"outputs": [{"datatype": "FP32"}]}), golden=GOLDEN_V2),
    lambda: expect.output_datatypes(INFERRED, metadata=sample({}, 404), golden=GOLDEN_V2),
    lambda: expect.output_datatypes(without(datatype="FP32"), metadata=sample({"outputs": []}), golden=GOLDEN_V2),
    lambda: expect.shapes_count_data(without(shape=[3]), at_least=1),
    lambda: expect.shapes_count_data(without(shape=[]), at_least=1),
    lambda: expect.shapes_count_data(sample({"outputs": []}), at_least=1),
    lambda: expect.answered_by(MODELS, "other"),
    lambda: expect.answered_by(GATEWAY_404, "iris"),
    lambda: expect.no_model_answered(MODELS),
    lambda: expect.no_model_answered(SILENCE),  # silence proves nothing
    lambda: expect.no_model_answered(sample(b"hello")),
    lambda: expect.json_errors([DETAIL], statuses=[404], at_least=2),
    lambda: expect.json_errors([DETAIL, DETAIL], statuses=[404, 400], at_least=2),
    lambda: expect.json_error(DETAIL, status=400),
    lambda: expect.json_error(GATEWAY_404, status=404),
    lambda: expect.json_error(sample({"detail": ""}, 404), status=404),
    lambda: expect.json_body(PLAIN_503),
    lambda: expect.refused_with_json(sample({"error": "x"}, 500)),
    lambda: expect.refused_with_json(sample({"error": "x"})),
    lambda: expect.refused_with_json(GATEWAY_404),
    lambda: expect.members(INFERRED, id="b"),
    lambda: expect.members(INFERRED, nothing=None),  # missing is not the same as null
    lambda: expect.rejected(replace(REFUSED, accepted=True), because="minreplicas"),
    lambda: expect.rejected(replace(REFUSED, message="no reason"), because="minreplicas"),
    lambda: expect.rejected(replace(REFUSED, code=500), because="minreplicas"),
    lambda: expect.rejected(replace(REFUSED, stored=True), because="minreplicas"),
    lambda: expect.accepted(REFUSED),
    lambda: expect.absent(replace(REFUSED, stored=True)),
    lambda: expect.nothing_lost([PREDICTED, PLAIN_503], at_least=2),
    lambda: expect.nothing_lost([PREDICTED, SILENCE], at_least=2),
    lambda: expect.nothing_lost([PREDICTED], at_least=2),
    lambda: expect.hardly_any_lost([SILENCE, *[PREDICTED] * 8], one_in=10, at_least=9),
    lambda: expect.hardly_any_lost([SILENCE, *[PREDICTED] * 17, PLAIN_503], one_in=10, at_least=10),
    lambda: expect.hardly_any_lost([PREDICTED], one_in=10, at_least=2),
    lambda: expect.share([MODELS] * 10, of="iris", others=(), percent=99, n=11),
    lambda: expect.share([MODELS] * 9 + [GATEWAY_404], of="iris", others=(), percent=99, n=10),
    lambda: expect.share([MODELS] * 1000, of="other", others=("iris",), percent=20, n=1000),
    lambda: expect.at_most([1, 3], 2, of="replicas", at_least=1),
    lambda: expect.at_most([1], 2, of="replicas", at_least=2),  # the bound was never tried
    lambda: expect.at_most([], 2, of="replicas", at_least=0),
    lambda: expect.count([], 1, of="revisions"),
    lambda: expect.each_has([{"a": "b"}, {"a": "c"}], {"a": "b"}, of="labels", at_least=2),
    lambda: expect.each_has([{}], {"a": "b"}, of="labels", at_least=1),
    lambda: expect.each_has([], {"a": "b"}, of="labels", at_least=1),
    lambda: expect.within(5.9, low=6, high=7, of="window"),
    lambda: expect.available([], at_least=1),
    lambda: expect.available([replace(READY, available=False)], at_least=1),
    lambda: expect.contains({"A"}, "A", "B"),
    lambda: expect.all_json({"a": "{"}, at_least=1),
    lambda: expect.all_json({}, at_least=1),
    lambda: expect.known("", of="KServe"),
    lambda: expect.some([], of="pods"),
    lambda: expect.equal(1, 2, of="exit code"),
    lambda: expect.matches("iris.example.com.evil.org", r"iris\.example\.com", of="the host"),
    lambda: expect.one_of("third", ["first", "second"], of="the runtime"),
    lambda: expect.differs(1, 1, of="domain"),
    lambda: expect.includes(["queue-proxy"], "queue-proxy", "kserve-container", of="containers"),
    lambda: expect.files_found(sample({"files": []}), ["model.joblib"]),
    lambda: expect.at_least([3, 1, 3], 3, of="replicas"),
    lambda: expect.at_least([], 3, of="replicas"),
    lambda: expect.settled([1, 3, 1, 3, 1, 3], on=3, of="replicas", turns=2),
    lambda: expect.settled([1, 3, 4], on=3, of="replicas", turns=2),
    lambda: expect.settled([], on=0, of="replicas", turns=2),
    lambda: expect.most_inside([INSIDE], 1, at_least=1),
    lambda: expect.most_inside([INSIDE], 3, at_least=1),  # the limit was never tried
    lambda: expect.most_inside([INSIDE], 2, at_least=2),
    lambda: expect.most_inside([PLAIN_503], 2, at_least=1),
]


def test_holds(holding: Callable[[], object]) -> None:
    holding()


def test_is_found_broken(broken: Callable[[], object]) -> None:
    with pytest.raises(BrokenPromise) as caught:
        broken()
    assert caught.value.expected
    assert caught.value.observed


def test_every_fact_is_tried_both_ways_or_is_about_an_object() -> None:
    """Those about a service ask the API server; the suites and the seeded faults try them."""
    tried = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    names = set(re.findall(r"lambda: expect\.(\w+)\(", tried))
    assert set(expect.__all__) - names == {"conditions", "not_ready", "owned"}


def test_a_failure_brings_the_request_along() -> None:
    with pytest.raises(BrokenPromise) as caught:
        expect.answered(PLAIN_503)
    assert caught.value.curl == "curl it"
    assert "no model server answered" in caught.value.likely


@pytest.mark.parametrize(("n", "p", "low", "high"), [(1000, 0.2, 141, 264), (10, 0.99, 6, 10)])
def test_limits_are_the_narrowest_with_that_false_alarm(n: int, p: float, low: int, high: int) -> None:
    """Checked by exact tails, summed independently of the code under test."""
    assert limits(n, p) == (low, high)
    outside = sum(comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1) if not low <= k <= high)
    assert outside <= FALSE_ALARM
