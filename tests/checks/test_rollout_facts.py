"""Facts about rollouts and admission: what satisfies them, and what does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kserve_conformance.checks import expect
from kserve_conformance.checks.expect.services import Admitted
from kserve_conformance.kube import rollout
from kserve_conformance.model import BrokenPromise, Sample


def answer(name: str, status: int = 200) -> Sample:
    body = json.dumps({"models": [name]}).encode()
    return Sample(0.0, 0.0, 0.1, "GET", "http://gateway/", "iris.example.com", status, {}, body, None, "curl it")


NO_ROUTE = replace(answer("", 404), body=b"")
STORED = {"spec": {"predictor": {"model": {"args": ["one"]}}}}
TAKEN = Admitted(accepted=True, code=201, message="accepted", stored=False, answer=STORED)
UNTRUSTED = Admitted(False, 500, 'failed calling webhook "defaulter": x509: unknown authority', stored=False)
DENIED = Admitted(False, 403, 'admission webhook "validator" denied the request: no', stored=False)

HOLDS: list[Callable[[], object]] = [
    lambda: expect.answered_only_by([answer("a")] * 2, "a", at_least=2),
    lambda: expect.defaulted(TAKEN, "spec.predictor.model.args.0", "one"),
    lambda: expect.defaulted(TAKEN, "spec.predictor.sklearn", None),
    lambda: expect.grows_to_all([1, 34, 100], steps=3),
    lambda: expect.all_true({"status": {"conditions": [{"type": "Ready", "status": "True"}]}}, "Ready"),
    lambda: expect.pods(["a", "b"], of="the revision", at_least=2),
    # 22.6 % where 20 % was asked for: lucky, and right.
    lambda: expect.share([answer("b")] * 226 + [answer("a")] * 774, of="b", others=("a",), percent=20, n=1000),
]
BLAMED: list[tuple[Callable[[], object], str]] = [
    (lambda: expect.answered_only_by([answer("a")], "a", at_least=2), ""),
    (lambda: expect.answered_only_by([answer("a"), answer("b")], "a", at_least=1), "route"),
    (lambda: expect.answered_only_by([answer("a"), NO_ROUTE], "a", at_least=1), "gateway"),
    (lambda: expect.defaulted(TAKEN, "spec.predictor.model.args.1", "two"), "webhook"),
    (lambda: expect.defaulted(TAKEN, "spec.predictor.model.name", "iris"), "webhook"),
    (lambda: expect.defaulted(DENIED, "spec", STORED["spec"]), "webhook"),
    (lambda: expect.all_true({}, "Ready"), ""),
    (lambda: expect.all_true({"status": {"conditions": [{"type": "Ready", "status": "True"}]}}, "Ready", "A"), ""),
    (lambda: expect.grows_to_all([], steps=1), "rollout duration"),
    (lambda: expect.grows_to_all([1, 100], steps=3), "rollout duration"),
    (lambda: expect.grows_to_all([1, 34, 67], steps=3), "rollout duration"),
    (lambda: expect.grows_to_all([1, 34, 30, 100], steps=3), "rollout duration"),
    (lambda: expect.accepted(UNTRUSTED), "certificate"),
    (lambda: expect.accepted(DENIED), "refuses what is right"),
    (lambda: expect.accepted(replace(DENIED, message="name: Required value")), ""),
    (lambda: expect.pods(["a"], of="the revision", at_least=2), "scaled"),
    (lambda: expect.share([answer("b")] * 800 + [answer("a")] * 200, of="b", others=("a",), percent=20, n=1000), ""),
]


@pytest.mark.parametrize(("fact", "likely"), BLAMED)
def test_blames_what_is_likely(fact: Callable[[], object], likely: str) -> None:
    with pytest.raises(BrokenPromise) as caught:
        fact()
    assert likely in caught.value.likely


def service(ready: str = "b", **predictor: Any) -> dict[str, Any]:
    said = {"latestCreatedRevision": "b", "latestReadyRevision": ready, **predictor}
    conditions = [{"type": "PredictorReady", "status": "True"}]
    return {"metadata": {}, "status": {"conditions": conditions, "components": {"predictor": said}}}


SPLIT = [
    {"revisionName": "b", "percent": 20, "latestRevision": True},
    {"revisionName": "a", "percent": 80, "tag": "prev", "url": "http://prev-x.example.com"},
]


def test_rollout_is_read_from_the_status() -> None:
    said = rollout.of(service(traffic=SPLIT))
    assert said.shares == {"a": 80, "b": 20}
    assert said.hosts == {"prev": "prev-x.example.com"}
    assert said.gives_newest(20)
    assert not said.gives_newest(80)
    assert str(said) == "20 % to b, 80 % to a; newest b, ready b, settled"


def test_rollout_is_not_over_before_the_newest_is_ready() -> None:
    assert not rollout.of(service(ready="a", traffic=SPLIT)).gives_newest(20)
    assert rollout.of(service(traffic=[{"revisionName": "b"}])).gives_newest(0)
    assert not rollout.of({"metadata": {}}).gives_newest(0)
