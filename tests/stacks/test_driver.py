"""The driver against recording stand-ins: what is called, in which order, and how failures read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from kserve_conformance.stacks import steps
from kserve_conformance.stacks.driver import Driver
from kserve_conformance.stacks.steps import Apply, Stack, StackError

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).parent / "golden"
TOOLS = ("docker", "kind", "kubectl", "helm", "istioctl", "git")


def driver_for(stack: Stack, tmp_path: Path, lines: list[str] | None = None) -> Driver:
    cache = tmp_path / "cache"
    cache.mkdir(exist_ok=True)
    for step in stack.steps:
        if isinstance(step, Apply):
            (cache / f"{step.sha256}.yaml").write_text("# as downloaded before\n")
    say = lines.append if lines is not None else (lambda _: None)
    moments = iter(range(0, 100_000, 10))
    return Driver(
        stack, Path("manifests/kind/cluster.yaml"), cache, say, pause=lambda _: None, clock=lambda: next(moments)
    )


def stack_named(name: str) -> Stack:
    return steps.load(ROOT / f"manifests/stacks/{name}.yaml")


@pytest.mark.parametrize("name", ["tutorial", "current"])
def test_create_calls_the_tools_as_recorded(name, stand_ins, tmp_path):
    stack = stack_named(name)
    tools = stand_ins(*TOOLS)
    tools.answer("kind version", text=stack.versions["kind"])
    tools.answer("istioctl version", text=f"client version: {stack.versions['istio']}")
    tools.answer("git -C", text="a4e5a2519cf02a27e933dbae4cecaf0270875c26")
    driver_for(stack, tmp_path).create()
    calls = "\n".join(" ".join(each).replace(str(tmp_path), "TMP") for each in tools.calls) + "\n"
    golden = GOLDEN / f"{name}.txt"
    if "UPDATE_GOLDEN" in os.environ:
        golden.write_text(calls)
    assert calls == golden.read_text()


def test_every_call_names_the_cluster_it_created(stand_ins, tmp_path):
    tools = stand_ins(*TOOLS)
    tools.answer("git -C", text="a4e5a2519cf02a27e933dbae4cecaf0270875c26")
    tools.answer("istioctl version", text="1.16.0")
    driver_for(stack_named("tutorial"), tmp_path).create()
    touching = [each for each in tools.calls if each[0] in {"kubectl", "helm", "istioctl"} and "version" not in each]
    assert len(touching) > 5
    assert all("kind-kserve-conformance-tutorial" in each for each in touching)


def test_a_cluster_that_exists_is_not_created_again(stand_ins, tmp_path):
    tools = stand_ins(*TOOLS)
    tools.answer("kind get clusters", text="other kserve-conformance-current")
    driver_for(stack_named("current"), tmp_path).create()
    assert ["kind", "get", "clusters"] in tools.calls
    assert not [each for each in tools.calls if each[:3] == ["kind", "create", "cluster"]]


def test_delete_leaves_other_clusters_alone(stand_ins, tmp_path):
    tools = stand_ins(*TOOLS)
    tools.answer("kind get clusters", text="other")
    assert driver_for(stack_named("current"), tmp_path).delete() is False
    assert not [each for each in tools.calls if "delete" in each]


def test_a_webhook_that_is_not_up_yet_is_asked_again(stand_ins, tmp_path):
    tools = stand_ins(*TOOLS)
    tools.answer(
        "kubectl --context kind-kserve-conformance-current -n knative-serving patch", code=1, text="no endpoints"
    )
    with pytest.raises(StackError, match=r"step \d+ of \d+ failed: kubectl -n knative-serving patch"):
        driver_for(stack_named("current"), tmp_path).create()
    patches = [each for each in tools.calls if "configmap/config-domain" in each]
    assert len(patches) > 3


def test_a_failed_step_says_what_was_called_and_what_it_said(stand_ins, tmp_path):
    tools = stand_ins(*TOOLS)
    tools.answer("helm upgrade --install istiod", code=1, text="Error: timed out waiting for the condition")
    with pytest.raises(StackError) as failure:
        driver_for(stack_named("current"), tmp_path).create()
    said = str(failure.value)
    assert "failed: helm istiod 1.27.1" in said
    assert "helm upgrade --install istiod" in said
    assert "timed out waiting for the condition" in said


def test_missing_tools_are_named_with_where_they_come_from(stand_ins, tmp_path):
    stand_ins("docker", "kubectl")
    with pytest.raises(StackError, match=r"not on the PATH: kind \(https.*helm \(https"):
        driver_for(stack_named("current"), tmp_path).create()


def test_another_istioctl_is_refused(stand_ins, tmp_path):
    tools = stand_ins(*TOOLS)
    tools.answer("istioctl version", text="1.27.1")
    with pytest.raises(StackError, match=r"istioctl 1\.16\.0 is needed, this is 1\.27\.1"):
        driver_for(stack_named("tutorial"), tmp_path).create()


def test_progress_has_one_line_for_each_step(stand_ins: Callable[..., object], tmp_path):
    stand_ins(*TOOLS).answer("kind version", text="0.30.0")
    lines: list[str] = []
    stack = stack_named("current")
    driver_for(stack, tmp_path, lines).create()
    assert len(lines) == len(stack.steps) + 1
    assert lines[0].lstrip().startswith(f"1/{len(stack.steps) + 1}  Kind cluster kserve-conformance-current")
