"""Stack files are data: pinned, complete, and wrong ones say what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from kserve_conformance.platform import ingress
from kserve_conformance.stacks import download, steps
from kserve_conformance.stacks.steps import Apply, Expose, Helm, Kubectl, Rollout, StackError, Step, Wait

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "manifests/stacks").glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_everything_is_pinned(path):
    stack = steps.load(path)
    assert "@sha256:" in stack.node_image
    assert stack.versions["kubernetes"] in stack.node_image
    assert all(len(each.sha256) == 64 for each in stack.steps if isinstance(each, Apply))
    remote = [each for each in stack.steps if isinstance(each, Helm) and (each.repo or "://" in each.chart)]
    assert remote
    assert all(each.version for each in remote)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_kind_maps_the_node_port_that_the_suites_expect(path):
    """Four places say where the gateway of our Kind clusters is, none can read another."""
    (expose,) = [each for each in steps.load(path).steps if isinstance(each, Expose)]
    (node,) = yaml.safe_load((ROOT / "manifests/kind/cluster.yaml").read_text())["nodes"]
    (mapped,) = node["extraPortMappings"]
    assert expose.node_port == mapped["containerPort"] == ingress.KIND_NODE_PORT
    assert expose.address == f"{mapped['listenAddress']}:{mapped['hostPort']}" == ingress.KIND_INGRESS


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_step_comes_after_what_it_needs(path):
    found = [_about(each) for each in steps.load(path).steps]

    def at(text: str) -> int:
        return next(number for number, each in enumerate(found) if text in each)

    core, gate = at("serving-core.yaml"), at("dry-run=server")
    assert at("serving-crds.yaml") < at("knative.dev/crd-install=true") < core
    assert at("deployment/istio-ingressgateway") < at("net-istio.yaml")
    assert core < at("deployment --all") < at("kserve-resources")
    assert at("cert-manager") < at("kserve-crd") < at("kserve-resources") < at("deployment/kserve-controller") < gate
    assert found[-1].startswith("istio-ingressgateway")
    if "kserve-runtime-configs" in " ".join(found):
        assert gate < at("kserve-runtime-configs")
        assert at("deployment --all") < at("config-domain") < at("config-deployment") < at("kserve-resources")


def test_manifests_that_steps_name_are_there():
    named = {each.manifest for path in FILES for each in steps.load(path).steps if isinstance(each, Kubectl)} - {""}
    assert len(named) > 1
    assert {each for each in named if not (ROOT / "manifests" / each).is_file()} == set()


def _about(step: Step) -> str:
    match step:
        case Apply():
            return step.url
        case Helm():
            return step.release
        case Kubectl():
            return " ".join(step.args)
        case Rollout():
            return step.what
        case Wait():
            return " ".join(step.what)
        case Expose():
            return step.service
        case _:
            return type(step).__name__


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{name: x, versions: {}, node_image: n, steps: [], speed: 9}", "unknown key 'speed'"),
        ("{name: x, versions: {}, node_image: n, steps: [{brew: {}}]}", "step 1 is a 'brew'; there are: istioctl"),
        ("{name: x, versions: {}, node_image: n, steps: [{apply: {url: u}}]}", "unknown or missing 'sha256'"),
        ("{name: x, versions: {}, node_image: n, steps: [wait]}", "step 1 must be one of"),
    ],
)
def test_a_wrong_file_says_what_is_wrong(tmp_path, content, complaint):
    path = tmp_path / "x.yaml"
    path.write_text(content)
    with pytest.raises(StackError, match=complaint):
        steps.load(path)


def test_an_unknown_stack_names_the_known_ones():
    with pytest.raises(StackError, match="no stack 'newest'; there are: current, tutorial"):
        steps.load(ROOT / "manifests/stacks/newest.yaml")


def test_changed_bytes_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(download, "_download", lambda *_: b"kind: Surprise")
    with pytest.raises(StackError, match="do not install it"):
        download.fetch("https://example.com/x.yaml", sha256="0" * 64, cache=tmp_path, pause=lambda _: None)
    assert not list(tmp_path.iterdir())
