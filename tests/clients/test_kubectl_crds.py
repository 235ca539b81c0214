"""Kinds that users define: kubectl and the Kubernetes Python client work with them as on a cluster."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from kubernetes import client, config

from tests.embedded_platform.conftest import Up

DEFINITION = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: kettles.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: kettles, singular: kettle, kind: Kettle, shortNames: [kt], categories: [kitchen]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources:
      status: {}
      scale: {specReplicasPath: .spec.count, statusReplicasPath: .status.count}
    additionalPrinterColumns:
    - {name: Litres, type: integer, jsonPath: .spec.litres}
    - {name: Colour, type: string, jsonPath: .spec.colour, priority: 1}
    schema: &schema
      openAPIV3Schema:
        type: object
        required: [spec]
        properties:
          spec:
            type: object
            description: What the kettle should be.
            required: [litres]
            properties:
              litres: {type: integer, minimum: 1, maximum: 9, description: How much it holds.}
              colour: {type: string, enum: [red, black], default: red}
              count: {type: integer}
              port: {x-kubernetes-int-or-string: true}
              free: {type: object, x-kubernetes-preserve-unknown-fields: true}
              plugs:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name]
                items: {type: object, required: [name], properties: {name: {type: string}, volt: {type: integer}}}
          status:
            type: object
            properties: {count: {type: integer}, phase: {type: string}}
  - {name: v1beta1, served: true, storage: false, subresources: {status: {}}, schema: *schema}
"""
KETTLE = """
apiVersion: example.com/v1
kind: Kettle
metadata: {name: small}
spec: {litres: 2, count: 1, port: http, free: {anything: [1]}, plugs: [{name: a, volt: 230}]}
"""
GIVEN = f"cat > crd.yaml <<'EOF'{DEFINITION}EOF\ncat > kettle.yaml <<'EOF'{KETTLE}EOF\n"


@pytest.fixture
def kettles(typed: Callable[[str], str], up: Up) -> Iterator[Callable[[str], str]]:
    """A shell with crd.yaml (applied) and kettle.yaml (not applied)."""
    typed(f"{GIVEN}kubectl apply -f crd.yaml\nkubectl wait --for=condition=Established crd/kettles.example.com")
    yield typed
    up.shell("kubectl delete crd kettles.example.com --ignore-not-found --wait --timeout=20s")


@pytest.mark.row(client="kubectl", does="user's CRD: apply, get with columns, categories, versions")
def test_get(kettles: Callable[[str], str]) -> None:
    kettles("kubectl -n $NS apply -f kettle.yaml")
    plain = kettles("kubectl -n $NS get kt").splitlines()
    assert [each.split() for each in plain] == [["NAME", "LITRES"], ["small", "2"]]
    assert kettles("kubectl -n $NS get kettles -o wide").splitlines()[1].split() == ["small", "2", "red"]
    assert "kettle.example.com/small" in kettles("kubectl -n $NS get kitchen -o name")
    older = kettles("kubectl -n $NS get kettles.v1beta1.example.com small -o jsonpath='{.apiVersion} {.spec.colour}'")
    assert older == "example.com/v1beta1 red"
    assert "unchanged" in kettles("kubectl -n $NS apply -f kettle.yaml")


@pytest.mark.row(client="kubectl", does="user's CRD: explain, api-resources")
def test_explain(kettles: Callable[[str], str]) -> None:
    printed = kettles("kubectl explain kettle.spec")
    assert [each for each in ("litres", "-required-", "How much it holds.") if each not in printed] == []
    assert "kt" in kettles("kubectl api-resources --api-group=example.com")


@pytest.mark.row(client="kubectl", does="user's CRD: patch, status, scale")
def test_patch_and_scale(kettles: Callable[[str], str]) -> None:
    kettles("kubectl -n $NS apply -f kettle.yaml")
    kettles("""kubectl -n $NS patch kt small --type=merge -p '{"spec":{"colour":"black"},"status":{"phase":"On"}}'
      kubectl -n $NS patch kt small --type=json -p '[{"op":"replace","path":"/spec/litres","value":3}]'
      kubectl -n $NS patch kt small --type=merge --subresource=status -p '{"status":{"phase":"Off","count":1}}'
      kubectl -n $NS scale kt small --replicas=4""")
    kettle = json.loads(kettles("kubectl -n $NS get kt small -o json"))
    assert [kettle["spec"][name] for name in ("colour", "litres", "count")] == ["black", 3, 4]
    assert kettle["status"] == {"phase": "Off", "count": 1}
    assert kettle["metadata"]["generation"] == 4


@pytest.mark.row(client="kubectl", does="user's CRD: validation in Kubernetes' words")
def test_validation(kettles: Callable[[str], str]) -> None:
    printed = kettles("""
      sed 's/litres: 2/litres: 12, colour: blue/; s/volt: 230}/volt: x}, {name: a}/' kettle.yaml > wrong.yaml
      ! kubectl -n $NS apply -f wrong.yaml 2>&1""")
    assert 'The Kettle "small" is invalid' in printed
    for expected in (
        "spec.litres: Invalid value: 12: spec.litres in body should be less than or equal to 9",
        'spec.colour: Unsupported value: "blue": supported values: "red", "black"',
        'spec.plugs[0].volt: Invalid value: "string": spec.plugs[0].volt in body must be of type integer: "string"',
        'spec.plugs[1]: Duplicate value: {"name":"a"}',
    ):
        assert expected in printed.replace("map[string]interface {}", "")
    missing = kettles("sed 's/litres: 2, //' kettle.yaml > missing.yaml\n! kubectl -n $NS apply -f missing.yaml 2>&1")
    assert "spec.litres: Required value" in missing


@pytest.mark.row(client="kubectl", does="user's CRD: unknown fields, --validate=strict|warn|ignore")
def test_unknown_fields(kettles: Callable[[str], str]) -> None:
    kettles("sed 's/litres: 2/litres: 2, lid: 1/' kettle.yaml > lid.yaml")
    strict = kettles("! kubectl -n $NS apply -f lid.yaml 2>&1")
    assert 'strict decoding error: unknown field "spec.lid"' in strict
    assert 'Warning: unknown field "spec.lid"' in kettles("kubectl -n $NS apply --validate=warn -f lid.yaml 2>&1")
    assert "Warning" not in kettles("kubectl -n $NS apply --validate=ignore -f lid.yaml 2>&1")
    spec = json.loads(kettles("kubectl -n $NS get kt small -o jsonpath='{.spec}'"))
    assert "lid" not in spec
    assert spec["free"] == {"anything": [1]}


@pytest.mark.row(client="kubectl", does="user's CRD: deletion takes its objects")
def test_deletion(kettles: Callable[[str], str]) -> None:
    kettles("""kubectl -n $NS apply -f kettle.yaml
      kubectl -n $NS patch kt small --type=merge -p '{"metadata":{"finalizers":["example.com/hold"]}}'
      kubectl delete crd kettles.example.com --wait=false""")
    finalizers = kettles("kubectl get crd kettles.example.com -o jsonpath='{.metadata.finalizers}'")
    assert "customresourcecleanup.apiextensions.k8s.io" in finalizers
    kettles("""kubectl -n $NS patch kt small --type=merge -p '{"metadata":{"finalizers":null}}'
      kubectl wait --for=delete crd/kettles.example.com --timeout=20s""")
    assert "(NotFound)" in kettles("! kubectl -n $NS get kettles 2>&1")


@pytest.mark.row(client="kubectl", does="user's CRD: CEL rules and conversion webhooks", refused=True)
def test_what_is_not_evaluated_is_said(typed: Callable[[str], str], up: Up) -> None:
    rule = "            x-kubernetes-validations: [{rule: 'self.litres>1'}]"
    try:
        said = typed(f"""{GIVEN}
          sed "s/            required: .litres./&\\n{rule}/" crd.yaml > cel.yaml
          kubectl apply -f cel.yaml 2>&1; kubectl -n $NS apply -f kettle.yaml 2>&1""")
        assert said.count("Warning: x-kubernetes-validations are not evaluated by the embedded platform: spec") >= 2
    finally:
        up.shell("kubectl delete crd kettles.example.com --ignore-not-found --wait --timeout=20s")


@pytest.mark.usefixtures("kettles")
@pytest.mark.row(client="kubernetes (Python)", does="user's CRD: CustomObjectsApi")
def test_custom_objects_api(up: Up, namespace: str) -> None:
    with config.new_client_from_config(str(up.kubeconfig)) as connection:
        api = client.CustomObjectsApi(connection)
        where = {"group": "example.com", "version": "v1", "namespace": namespace, "plural": "kettles"}
        body = {"apiVersion": "example.com/v1", "kind": "Kettle", "metadata": {"name": "k"}, "spec": {"litres": 1}}
        assert api.create_namespaced_custom_object(**where, body=body)["spec"] == {"litres": 1, "colour": "red"}
        api.patch_namespaced_custom_object(**where, name="k", body={"spec": {"count": 2}})
        api.patch_namespaced_custom_object_status(**where, name="k", body={"status": {"phase": "On"}})
        scale = api.patch_namespaced_custom_object_scale(**where, name="k", body={"spec": {"replicas": 3}})
        assert scale["spec"] == {"replicas": 3}
        found = api.list_namespaced_custom_object(**where)["items"]
        assert [(each["spec"]["count"], each["status"]["phase"]) for each in found] == [(3, "On")]
        with pytest.raises(client.ApiException) as refused:
            api.create_namespaced_custom_object(**where, body={**body, "spec": {"litres": 0}})
        assert refused.value.status == 422
        api.delete_namespaced_custom_object(**where, name="k")
        assert api.list_namespaced_custom_object(**where)["items"] == []


@pytest.mark.row(client="kubectl", does="KServe's CRD: delete, apply again")
def test_the_platforms_own_kind_goes_with_its_definition(typed: Callable[[str], str]) -> None:
    typed("kubectl get crd trainedmodels.serving.kserve.io -o yaml > own.yaml")
    typed("kubectl delete crd trainedmodels.serving.kserve.io --timeout=20s")
    refused = typed("! kubectl -n $NS get trainedmodels 2>&1")
    typed("kubectl create -f own.yaml")
    assert "the server could not find the requested resource" in refused
    assert "No resources found" in typed("kubectl -n $NS get trainedmodels 2>&1")
