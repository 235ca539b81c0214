"""Stack files are data: pinned, complete, and wrong ones say what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from kserve_conformance.stacks import download, steps
from kserve_conformance.stacks.steps import Apply, Helm, StackError

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
    monkeypatch.setattr(download, "_download", lambda _: b"kind: Surprise")
    with pytest.raises(StackError, match="do not install it"):
        download.fetch("https://example.com/x.yaml", sha256="0" * 64, cache=tmp_path)
    assert not list(tmp_path.iterdir())
