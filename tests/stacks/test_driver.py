"""The driver against recording stand-ins: what is called, in which order, and how failures read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from kserve_conformance.stacks import steps
from kserve_conformance.stacks.driver import Driver
from kserve_conformance.stacks.steps import Apply, Stack, StackError
from kserve_conformance.stacks.tools import Tools

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).parent / "golden"
TOOLS = ("docker", "kind", "kubectl", "helm", "istioctl", "git")


def driver_for(
    stack: Stack, tmp_path: Path, said: list[str] | None = None, *, unreached: Callable[[str], str] = lambda _: ""
) -> Driver:
    cache = tmp_path / "cache"
    cache.mkdir(exist_ok=True)
    for step in stack.steps:
        if isinstance(step, Apply):
            (cache / f"{step.sha256}.yaml").write_text("# as downloaded before\n")
    moments = iter(range(0, 100_000, 10))
    return Driver(
        stack,
        Path("manifests"),
        cache,
        said.append if said is not None else (lambda _: None),
        pause=lambda _: None,
        clock=lambda: next(moments),
        unreached=unreached,
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


VERSION = "kubectl --context kind-kserve-conformance-current get --raw /version"


def test_a_cluster_that_exists_is_not_created_again(stand_ins, tmp_path):
    tools = stand_ins(*TOOLS)
    tools.answer("kind get clusters", text="other kserve-conformance-current")
    tools.answer(VERSION, text='{"gitVersion": "v1.33.4"}')
    driver_for(stack_named("current"), tmp_path).create()
    assert ["kind", "export", "kubeconfig", "--name", "kserve-conformance-current"] in tools.calls
    assert not [each for each in tools.calls if each[:3] == ["kind", "create", "cluster"]]
    assert [each for each in tools.calls if each[0] == "helm"]


@pytest.mark.parametrize(
    ("code", "text", "complaint"),
    [
        (1, "The connection to the server was refused", "is there but does not answer; start over: make cluster-del"),
        (
            0,
            '{"gitVersion": "v1.32.8"}',
            r"runs Kubernetes 1\.32\.8, this stack 1\.33\.4; start over: make cluster-del",
        ),
    ],
)
def test_a_cluster_that_is_broken_or_of_another_version_is_not_gone_on_with(stand_ins, tmp_path, code, text, complaint):
    tools = stand_ins(*TOOLS)
    tools.answer("kind get clusters", text="kserve-conformance-current")
    tools.answer(VERSION, code=code, text=text)
    with pytest.raises(StackError, match=complaint):
        driver_for(stack_named("current"), tmp_path).create()
    assert not [each for each in tools.calls if each[0] == "helm"]


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


def test_progress_has_one_line_for_each_step_begun_before_it_is_done(stand_ins, tmp_path):
    stand_ins(*TOOLS).answer("kind version", text="0.30.0")
    said: list[str] = []
    stack = stack_named("current")
    driver_for(stack, tmp_path, said).create()
    total = len(stack.steps) + 1
    assert said[0].rstrip() == f"  1/{total}  Kind cluster kserve-conformance-current"
    lines = "".join(said).splitlines()
    assert len(lines) == total
    assert all(each.endswith(" s") and len(each) <= 80 for each in lines)


def test_another_kind_is_named_and_tried(stand_ins, tmp_path):
    stand_ins(*TOOLS).answer("kind version", text="0.33.0")
    said: list[str] = []
    driver_for(stack_named("current"), tmp_path, said).create()
    assert said[0].startswith("kind is 0.33.0; the node image was made for 0.30.0")


@pytest.mark.parametrize(
    ("said", "likely"),
    [
        ("ERROR: Cannot connect to the Docker daemon at unix:///x.", "Docker is not running: start it"),
        ("Bind for 127.0.0.1:8080 failed: port is already allocated", "127.0.0.1:8080 is taken, most often by"),
        ("too many open files", "sudo sysctl fs.inotify.max_user_watches=524288"),
    ],
)
def test_a_known_failure_comes_with_its_cause(stand_ins, tmp_path, said, likely):
    stand_ins(*TOOLS).answer("kind create cluster", code=1, text=said)
    with pytest.raises(StackError) as failure:
        driver_for(stack_named("current"), tmp_path).create()
    assert likely in str(failure.value).partition("likely: ")[2]


def test_kinds_first_line_is_shown_even_when_it_says_much(stand_ins, tmp_path):
    trace = "\n".join(
        ["Creating cluster", "ERROR: failed to create cluster: no room", *(f"stack {n}" for n in range(30))]
    )
    stand_ins(*TOOLS).answer("kind create cluster", code=1, text=trace)
    with pytest.raises(StackError, match="ERROR: failed to create cluster: no room\n  stack 24"):
        driver_for(stack_named("current"), tmp_path).create()


def test_a_gateway_that_does_not_answer_is_no_success(stand_ins, tmp_path):
    stand_ins(*TOOLS)
    driver = driver_for(stack_named("current"), tmp_path, unreached=lambda address: f"{address} refused")
    with pytest.raises(StackError, match=r"does not answer on 127\.0\.0\.1:8080: 127\.0\.0\.1:8080 refused"):
        driver.create()


def test_what_a_killed_run_cloned_by_half_is_thrown_away(stand_ins, tmp_path):
    git = stand_ins("git")
    git.answer("git -C", text="abc")
    half = tmp_path / "kserve.partial"
    half.mkdir()
    (half / "rest").touch()
    into = tmp_path / "kserve"
    assert Tools("x").clone("https://example.com/kserve.git", ref="v1", into=into) == "abc"
    assert (list(into.iterdir()), half.exists()) == ([], False)
