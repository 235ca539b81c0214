"""kubectl's verbs, on objects that need no pod."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

SETTINGS = (
    "kubectl -n $NS create configmap a --from-literal=x=1\nkubectl -n $NS create configmap b --from-literal=x=2\n"
)
PART = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: s}\ndata: {x: 'VALUE'}\n"


@pytest.mark.row(client="kubectl", does="get: json, yaml, jsonpath, custom-columns, sort-by, selectors")
def test_get(typed: Callable[[str], str]) -> None:
    typed(SETTINGS + "kubectl -n $NS label cm a team=one\nkubectl -n $NS annotate cm a note=here")
    assert typed("kubectl -n $NS get cm -l team=one -o jsonpath='{.items[*].data.x}'") == "1"
    assert typed("kubectl -n $NS get cm --field-selector=metadata.name=b -o name").strip() == "configmap/b"
    assert "note: here" in typed("kubectl -n $NS get cm a -o yaml")
    columns = typed("kubectl -n $NS get cm a b -o custom-columns=NAME:.metadata.name,X:.data.x").split()
    assert columns == ["NAME", "X", "a", "1", "b", "2"]
    assert typed("kubectl -n $NS get cm --sort-by=.data.x -o name").split()[-2:] == ["configmap/a", "configmap/b"]


@pytest.mark.row(client="kubectl", does="edit, replace --force, patch (three types)")
def test_change(typed: Callable[[str], str]) -> None:
    typed(SETTINGS)
    typed("""printf '#!/bin/sh\\nsed -i "s/x: .1./x: edited/" "$1"\\n' > editor; chmod +x editor
      EDITOR=$PWD/editor kubectl -n $NS edit cm a""")
    assert typed("kubectl -n $NS get cm a -o jsonpath='{.data.x}'") == "edited"
    typed("""kubectl -n $NS patch cm a --type=json -p '[{"op":"add","path":"/data/j","value":"1"}]'
      kubectl -n $NS patch cm a --type=merge -p '{"data":{"m":"1"}}'
      kubectl -n $NS patch cm a -p '{"data":{"s":"1","x":null}}'""")
    assert json.loads(typed("kubectl -n $NS get cm a -o jsonpath='{.data}'")) == {"j": "1", "m": "1", "s": "1"}
    before = typed("kubectl -n $NS get cm b -o jsonpath='{.metadata.uid}'")
    typed("kubectl -n $NS get cm b -o yaml > b.yaml; kubectl -n $NS replace --force -f b.yaml")
    assert typed("kubectl -n $NS get cm b -o jsonpath='{.metadata.uid}'") != before


@pytest.mark.row(client="kubectl", does="apply --server-side: conflicts, --force-conflicts")
def test_server_side_apply(typed: Callable[[str], str]) -> None:
    for value in ("1", "2"):
        typed(f"cat > s{value}.yaml <<'EOF'\n{PART.replace('VALUE', value)}EOF\n")
    typed("kubectl -n $NS apply --server-side --field-manager=one -f s1.yaml")
    refused = typed("! kubectl -n $NS apply --server-side --field-manager=two -f s2.yaml 2>&1")
    assert 'Apply failed with 1 conflict: conflict with "one": .data.x' in refused
    typed("kubectl -n $NS apply --server-side --field-manager=two --force-conflicts -f s2.yaml")
    assert typed("kubectl -n $NS get cm s -o jsonpath='{.data.x}'") == "2"


@pytest.mark.row(client="kubectl", does="apply --prune, diff, create --dry-run=server")
def test_prune_and_diff(typed: Callable[[str], str]) -> None:
    typed(
        f"cat > one.yaml <<'EOF'\n{PART.replace('VALUE', '1').replace('{name: s}', '{name: s, labels: {p: q}}')}EOF\n"
    )
    typed("""sed 's/name: s/name: t/' one.yaml > two.yaml
      kubectl -n $NS apply -f one.yaml -f two.yaml
      kubectl -n $NS apply --prune -l p=q -f one.yaml --prune-allowlist=core/v1/ConfigMap""")
    assert typed("kubectl -n $NS get cm -l p=q -o name").strip() == "configmap/s"
    changed = typed("sed \"s/'1'/'2'/\" one.yaml > three.yaml; kubectl -n $NS diff -f three.yaml || test $? = 1")
    assert '+  x: "2"' in changed
    assert "(server dry run)" in typed("kubectl -n $NS create -f two.yaml --dry-run=server")
    assert "(NotFound)" in typed("! kubectl -n $NS get cm t 2>&1")


@pytest.mark.row(client="kubectl", does="wait --for=create, delete, jsonpath; get -w")
def test_wait(typed: Callable[[str], str]) -> None:
    typed("""kubectl -n $NS wait --for=create cm/a --timeout=20s & waiting=$!
      kubectl -n $NS get cm --watch -o name > seen & watching=$!
      kubectl -n $NS create configmap a --from-literal=x=1
      wait $waiting
      kubectl -n $NS wait --for=jsonpath='{.data.x}'=1 cm/a --timeout=20s
      kubectl -n $NS wait --for=delete cm/a --timeout=20s & waiting=$!
      kubectl -n $NS delete cm a
      wait $waiting
      until grep -q configmap/a seen; do kill -0 $watching; done
      kill $watching""")


@pytest.mark.row(client="kubectl", does="auth can-i --list, whoami; explain --recursive; api-versions")
def test_about(typed: Callable[[str], str]) -> None:
    assert "*.*" in typed("kubectl auth can-i --list")
    assert "kubernetes-admin" in typed("kubectl auth whoami")
    assert "storageUri" in typed("kubectl explain isvc --recursive")
    assert "modelFormat" in typed("kubectl explain isvc.spec.predictor.model")
    assert "autoscaling/v2" in typed("kubectl api-versions").split()


@pytest.mark.row(client="kubectl", does="describe: crd, node, configmap, namespace")
def test_describe(typed: Callable[[str], str]) -> None:
    assert "Kind:         CustomResourceDefinition" in typed("kubectl describe crd inferenceservices.serving.kserve.io")
    assert "KubeletReady" in typed("kubectl describe node")
    assert "Status:       Active" in typed("kubectl describe ns $NS")


@pytest.mark.row(client="kubectl", does="get --raw: watch-list, limit and continue, 410 Gone")
def test_lists_and_watches(typed: Callable[[str], str], namespace: str) -> None:
    typed(SETTINGS)
    where = f"/api/v1/namespaces/{namespace}/configmaps"
    query = "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1"
    events = [json.loads(line) for line in typed(f"kubectl get --raw '{where}?{query}'").splitlines()]
    assert [each["type"] for each in events[:4]] == ["ADDED", "ADDED", "ADDED", "BOOKMARK"]
    assert events[3]["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
    first = json.loads(typed(f"kubectl get --raw '{where}?limit=1'"))["metadata"]
    assert first["remainingItemCount"] == 2
    typed("kubectl -n $NS create configmap aa --from-literal=x=1")
    rest = json.loads(typed(f"kubectl get --raw '{where}?limit=5&continue={first['continue']}'"))
    # The list goes on as it was when it began: what has come meanwhile is not in it.
    assert [each["metadata"]["name"] for each in rest["items"]] == ["b", "kube-root-ca.crt"]
    assert rest["metadata"]["resourceVersion"] == first["resourceVersion"]
