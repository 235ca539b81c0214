from __future__ import annotations

from typing import Any

from kserve_conformance.embedded.apiserver.resources import EVENTS
from kserve_conformance.embedded.objects import Obj


def rolled_out(world: Any, iris: Obj, uri: str, percent: int | None = None, *, ready: bool = True) -> Obj:
    """Applies a model with a share, lets Knative act on it, and gives the predictor's status."""
    predictor = iris["spec"]["predictor"]
    predictor["model"]["storageUri"] = uri
    predictor.pop("canaryTrafficPercent", None)
    if percent is not None:
        predictor["canaryTrafficPercent"] = percent
    world.apply(iris)
    isvc = world.knative(ready=ready)
    if ready:
        isvc = world.knative()  # the status may have asked for another split
    status: Obj = isvc["status"]["components"]["predictor"]
    return status


def split(world: Any) -> list[tuple[str, int]]:
    traffic = world.ksvc()["spec"]["traffic"]
    return [(each.get("revisionName", "latest")[-5:], each["percent"]) for each in traffic]


def test_first_rollout_ignores_the_share(either: Any, iris: Obj) -> None:
    status = rolled_out(either, iris, "gs://b/1", 10)
    # The share counts from the second pass on; the only revision then holds both parts of it.
    assert status["latestRolledoutRevision"].endswith("-00001")
    assert {each["revisionName"] for each in status["traffic"]} == {status["latestReadyRevision"]}
    assert sum(each["percent"] for each in status["traffic"]) == 100


def test_canary_promotion_and_rollback(either: Any, iris: Obj) -> None:
    first = rolled_out(either, iris, "gs://b/1")
    assert first["latestRolledoutRevision"].endswith("-00001")
    assert "previousRolledoutRevision" not in first

    canary = rolled_out(either, iris, "gs://b/2", 20)
    assert split(either) == [("atest", 20), ("00001", 80)]
    assert either.ksvc()["spec"]["traffic"][1]["tag"] == "prev"
    assert "tag" not in either.ksvc()["spec"]["traffic"][0]
    assert canary["latestReadyRevision"].endswith("-00002")
    assert canary["latestRolledoutRevision"].endswith("-00001")

    promoted = rolled_out(either, iris, "gs://b/2")
    assert split(either) == [("atest", 100)]
    assert promoted["latestRolledoutRevision"].endswith("-00002")
    assert promoted["previousRolledoutRevision"].endswith("-00001")

    back = rolled_out(either, iris, "gs://b/2", 0)
    assert split(either) == [("atest", 0), ("00001", 100)]
    assert back["latestRolledoutRevision"].endswith("-00001")

    third = rolled_out(either, iris, "gs://b/3", 100)
    assert split(either) == [("atest", 100)]
    assert third["latestRolledoutRevision"].endswith("-00003")
    assert third["previousRolledoutRevision"].endswith("-00001")


def test_failing_canary_leaves_the_status_of_the_old(either: Any, iris: Obj) -> None:
    rolled_out(either, iris, "gs://b/1")
    status = rolled_out(either, iris, "gs://b/broken", 50, ready=False)
    assert status["latestCreatedRevision"].endswith("-00002")
    assert status["latestReadyRevision"].endswith("-00001")
    assert status["traffic"] == [
        {"latestRevision": True, "percent": 100, "revisionName": status["latestReadyRevision"]}
    ]


def test_tag_routing_names_the_latest_too(either: Any, iris: Obj) -> None:
    iris["metadata"]["annotations"] = {"serving.kserve.io/enable-tag-routing": "true"}
    rolled_out(either, iris, "gs://b/1")
    rolled_out(either, iris, "gs://b/2", 10)
    assert [each["tag"] for each in either.ksvc()["spec"]["traffic"]] == ["latest", "prev"]


def test_impossible_share_is_refused_by_knative(either: Any, iris: Obj) -> None:
    rolled_out(either, iris, "gs://b/1")
    iris["spec"]["predictor"]["canaryTrafficPercent"] = 150
    either.apply(iris)
    assert split(either) == [("atest", 100)]
    messages = [each["message"] for each in either.store.list(EVENTS, "team-a")]
    assert any("Traffic targets sum to 150, want 100: spec.traffic" in each for each in messages)
    assert any("expected 0 <= 150 <= 100: spec.traffic[0].percent" in each for each in messages)
