"""The horizontal pod autoscaler's arithmetic and its look at real objects."""

from __future__ import annotations

import pytest

from kserve_conformance.embedded.apiserver.resources import (
    DEPLOYMENTS,
    EVENTS,
    HORIZONTAL_POD_AUTOSCALERS,
    NAMESPACES,
    PODS,
    Registry,
)
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers.horizontal import SYNC, HorizontalReconciler, quantity
from kserve_conformance.embedded.controllers.horizontal_replicas import History, Measured, PodMetric, for_utilization
from kserve_conformance.embedded.metrics import Usage
from kserve_conformance.embedded.objects import Key, Obj, is_true

KEY = Key("team-a", "iris")


def pods(*used: float | None, requested: float = 1.0) -> list[PodMetric]:
    return [PodMetric(requested, each) for each in used]


@pytest.mark.parametrize(
    ("metrics", "wanted"),
    [
        (pods(1.6, 1.6), Measured(4, 160)),  # twice the target of 80 percent
        (pods(0.84, 0.84), Measured(2, 84)),  # within the tolerance of a tenth
        (pods(0.2, 0.2), Measured(1, 20)),
        (pods(1.6, None), Measured(2, 160)),  # a pod of which nothing is known counts as idle before it is more
        (pods(0.1, None), Measured(2, 10)),  # and as busy before it is fewer
        ([*pods(1.6), PodMetric(1.0, 0.0, starting=True)], Measured(2, 160)),
        (pods(None), None),
        (pods(0.5, requested=0.0), None),
    ],
)
def test_utilization(metrics: list[PodMetric], wanted: Measured | None) -> None:
    assert for_utilization(metrics, 80, len(metrics)) == wanted


def test_fewer_only_after_five_minutes() -> None:
    history = History()
    assert history.settle(4, 4, now=0, down=300, up=0) == (4, "")
    assert history.settle(1, 4, now=299, down=300, up=0) == (4, "ScaleDownStabilized")
    assert history.settle(1, 4, now=301, down=300, up=0) == (1, "")


def test_more_at_once_but_not_too_many() -> None:
    history = History()
    assert history.settle(20, 1, now=0, down=300, up=0) == (5, "ScaleUpLimit")
    history.scaled(4, 0)
    assert history.settle(20, 5, now=10, down=300, up=0) == (5, "ScaleUpLimit")
    assert history.settle(20, 5, now=16, down=300, up=0) == (10, "ScaleUpLimit")


def test_quantities() -> None:
    assert [quantity(each) for each in ("1", "100m", "2Gi", "1k")] == [1.0, 0.1, 2.0**31, 1000.0]


def test_a_busy_pod_gets_company() -> None:
    store, clock, cpu = Store(Registry()), [0.0], [0.0]
    store.create(NAMESPACES, {"metadata": {"name": "team-a"}})
    labels = {"app": "isvc.iris"}
    meta: Obj = {"name": "iris", "namespace": "team-a"}
    container = {"name": "c", "image": "i", "resources": {"requests": {"cpu": "1"}}}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    store.create(DEPLOYMENTS, {"metadata": meta, "spec": {"selector": {"matchLabels": labels}, "template": template}})
    pod = store.create(PODS, {"metadata": {**meta, "labels": labels}, "spec": {"containers": [container]}})
    pod["status"] = {"conditions": [{"type": "Ready", "status": "True"}]}
    store.update(PODS, pod, subresource="status")
    target = {"type": "Utilization", "averageUtilization": 80}
    spec = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "iris"},
        "minReplicas": 1,
        "maxReplicas": 3,
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
    }
    store.create(HORIZONTAL_POD_AUTOSCALERS, {"metadata": meta, "spec": spec})
    reconciler = HorizontalReconciler(store, lambda _: Usage(cpu[0], 0.0), lambda: clock[0])

    assert reconciler.reconcile(KEY) == SYNC
    shown = store.get(HORIZONTAL_POD_AUTOSCALERS, *KEY)
    assert not is_true(shown, "ScalingActive")  # one look tells no rate
    clock[0], cpu[0] = 10.0, 20.0
    assert reconciler.reconcile(KEY) == 5.0  # not yet
    clock[0], cpu[0] = 15.0, 22.5
    reconciler.reconcile(KEY)
    shown = store.get(HORIZONTAL_POD_AUTOSCALERS, *KEY)
    assert shown["status"]["currentMetrics"][0]["resource"]["current"] == {"averageUtilization": 150}
    assert shown["status"]["desiredReplicas"] == 2
    assert store.get(DEPLOYMENTS, "team-a", "iris")["spec"]["replicas"] == 2
    [event] = [each for each in store.list(EVENTS, "team-a") if each["reason"] == "SuccessfulRescale"]
    expected = "New size: 2; reason: cpu resource utilization (percentage of request) above target"
    assert event["message"] == expected
