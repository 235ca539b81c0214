"""Which context a run takes, and how it says that there is none."""

from __future__ import annotations

import os

import pytest

from kserve_conformance.platform import contexts
from kserve_conformance.platform.contexts import PlatformUnreachable

OURS = "kind-kserve-conformance-current"


def refusal(choose, *args):
    with pytest.raises(PlatformUnreachable) as refused:
        choose(*args)
    return f"{refused.value}; {refused.value.next}"


def test_a_cluster_is_the_current_context_unless_one_is_named(kubeconfig):
    path = kubeconfig("prod", "staging", current="prod")
    assert contexts.of_cluster(path, "") == "prod"
    assert contexts.of_cluster(path, "staging") == "staging"


def test_a_named_context_needs_no_current_one(kubeconfig):
    path = kubeconfig("prod", "staging")
    assert contexts.of_cluster(path, "staging") == "staging"
    assert refusal(contexts.of_cluster, path, "") == (
        "the kubeconfig has no current context; pass --context with one of: prod, staging"
    )


def test_an_unknown_context_is_answered_with_the_known_ones(kubeconfig):
    said = refusal(contexts.of_cluster, kubeconfig("prod", current="prod"), "prd")
    assert said == "the kubeconfig has no context prd; pass --context with one of: prod"


def test_kind_takes_the_cluster_that_was_made_here_and_never_the_current_one(kubeconfig):
    assert contexts.of_kind(kubeconfig("prod", "kind-other", OURS, current="prod"), "") == OURS
    said = refusal(contexts.of_kind, kubeconfig("prod", "kind-other", current="kind-other"), "")
    assert said.startswith("no context is named kind-kserve-conformance-...; the kubeconfig has: prod, kind-other; ")


def test_kind_does_not_guess_between_two(kubeconfig):
    path = kubeconfig(OURS, "kind-kserve-conformance-tutorial", current=OURS)
    said = refusal(contexts.of_kind, path, "")
    assert said.endswith(f"pass --context with one of: {OURS}, kind-kserve-conformance-tutorial")
    assert contexts.of_kind(path, OURS) == OURS


def test_kind_refuses_what_kind_did_not_make(kubeconfig):
    path = kubeconfig("prod", "kind-mine", current="prod")
    assert contexts.of_kind(path, "kind-mine") == "kind-mine"
    assert "--target cluster --context prod" in refusal(contexts.of_kind, path, "prod")
    assert "has no context kind-gone" in refusal(contexts.of_kind, path, "kind-gone")


def test_several_files_are_read_as_one(kubeconfig, tmp_path, monkeypatch):
    one, two = kubeconfig("a", name="one"), kubeconfig("b", current="b", name="two")
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join([one, str(tmp_path / "gone"), two]))
    assert contexts.of_cluster("", "") == "b"
    assert contexts.of_cluster("", "a") == "a"


@pytest.mark.parametrize("content", [b"contexts: [", b"", b"kind: Pod", b"\xff\xfe"])
def test_what_is_no_kubeconfig_is_named(tmp_path, content):
    path = tmp_path / "config"
    path.write_bytes(content)
    assert refusal(contexts.of_cluster, str(path), "") == f"{path} is no kubeconfig; pass --kubeconfig FILE"


def test_a_missing_file_is_named(tmp_path):
    said = refusal(contexts.of_cluster, str(tmp_path / "gone"), "")
    assert said.startswith(f"there is no kubeconfig {tmp_path / 'gone'}; pass --kubeconfig FILE")
    assert refusal(contexts.of_cluster, str(tmp_path), "").startswith(f"{tmp_path} cannot be read: Is a directory")
