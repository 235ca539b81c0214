"""Kinds that the manifests of a stack bring along: applied, shown and read back with kubectl."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

POD = "{metadata: {labels: {app: a}}, spec: {restartPolicy: RESTART, containers: [{name: c, image: 'busybox:1'}]}}"
ALWAYS, NEVER = POD.replace("RESTART", "Always"), POD.replace("RESTART", "Never")
SPECS = {
    "apps/v1 StatefulSet": f"spec: {{serviceName: a, selector: {{matchLabels: {{app: a}}}}, template: {ALWAYS}}}",
    "apps/v1 DaemonSet": f"spec: {{selector: {{matchLabels: {{app: a}}}}, template: {ALWAYS}}}",
    "batch/v1 Job": f"spec: {{template: {NEVER}}}",
    "batch/v1 CronJob": f"spec: {{schedule: '0 * * * *', jobTemplate: {{spec: {{template: {NEVER}}}}}}}",
    "autoscaling/v2 HorizontalPodAutoscaler": """spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1,
        kind: Deployment, name: a}, metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization,
        averageUtilization: 80}}}]}""",
    "policy/v1 PodDisruptionBudget": "spec: {minAvailable: 80%, selector: {matchLabels: {app: a}}}",
    "networking.k8s.io/v1 NetworkPolicy": "spec: {podSelector: {matchLabels: {app: a}}, policyTypes: [Ingress]}",
    "networking.k8s.io/v1 Ingress": "spec: {rules: [{host: a.example.com}]}",
    "v1 ResourceQuota": "spec: {hard: {pods: '4'}}",
    "v1 LimitRange": "spec: {limits: [{type: Container, default: {cpu: '1'}}]}",
    "v1 PersistentVolumeClaim": "spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}",
    "coordination.k8s.io/v1 Lease": "spec: {holderIdentity: me}",
    "rbac.authorization.k8s.io/v1 Role": "rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]",
    "rbac.authorization.k8s.io/v1 RoleBinding": """roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: a}
subjects: [{kind: ServiceAccount, name: default, namespace: default}]""",
}
CLUSTER = {
    "scheduling.k8s.io/v1 PriorityClass": "value: 10",
    "node.k8s.io/v1 RuntimeClass": "handler: runc",
    "networking.k8s.io/v1 IngressClass": "spec: {controller: example.com/c}",
    "storage.k8s.io/v1 StorageClass": "provisioner: example.com/p",
    "apiregistration.k8s.io/v1 APIService": """spec: {group: x.example.com, version: v1, groupPriorityMinimum: 1,
        versionPriority: 1, service: {name: a, namespace: default}}""",
    "admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration": """webhooks: [{name: a.example.com,
        sideEffects: None, admissionReviewVersions: [v1], clientConfig: {url: 'https://127.0.0.1:1/'}}]""",
}


def _manifest(kinds: dict[str, str], name: str) -> str:
    parts = []
    for kind, rest in kinds.items():
        version, _, word = kind.partition(" ")
        parts.append(f"apiVersion: {version}\nkind: {word}\nmetadata: {{name: {name}}}\n{rest}\n")
    return "---\n".join(parts)


@pytest.mark.row(client="kubectl", does="built-in kinds of a stack's manifests: apply, get, diff, delete")
def test_built_in_kinds(typed: Callable[[str], str]) -> None:
    typed(f"cat > all.yaml <<'EOF'\n{_manifest(SPECS, 'a')}EOF\nkubectl -n $NS apply -f all.yaml")
    again = typed("kubectl -n $NS apply -f all.yaml").splitlines()
    # kubectl replaces a budget's selector each time (its patchStrategy), and says so, on a cluster as well.
    assert [each for each in again if "unchanged" not in each] == ["poddisruptionbudget.policy/a configured"]
    typed("kubectl -n $NS diff -f all.yaml")
    printed = typed("kubectl -n $NS get -f all.yaml")
    for expected in ("cpu: <unknown>/80%", "a.example.com", "Role/a", "0 * * * *", "app=a", "pods: 0/4", "Bound"):
        assert expected in printed
    assert "strict decoding error" in typed(
        """sed 's/serviceName/servicename/' all.yaml > wrong.yaml; ! kubectl -n $NS apply -f wrong.yaml 2>&1"""
    )
    typed("kubectl -n $NS delete -f all.yaml --wait --timeout=20s")


@pytest.mark.row(client="kubectl", does="cluster-wide kinds of a stack's manifests")
def test_cluster_kinds(typed: Callable[[str], str], namespace: str) -> None:
    name = f"v1.x-{namespace}.example.com"
    typed(f"cat > all.yaml <<'EOF'\n{_manifest(CLUSTER, name)}EOF\nkubectl apply -f all.yaml")
    assert typed("kubectl get -f all.yaml -o name").count(name) == len(CLUSTER)
    typed("kubectl delete -f all.yaml")


@pytest.mark.row(client="kubectl", does="create job, quota, pdb, role, ingress, priorityclass (protobuf)")
def test_imperative_commands(typed: Callable[[str], str]) -> None:
    typed("""
      kubectl -n $NS create job j --image=busybox:1 -- true
      kubectl -n $NS create cronjob c --image=busybox:1 --schedule='1 2 3 4 5' -- true
      kubectl -n $NS create quota q --hard=pods=3
      kubectl -n $NS create poddisruptionbudget p --selector=app=a --min-available=1
      kubectl -n $NS create role r --verb=get --resource=pods
      kubectl -n $NS create ingress i --rule='h.example.com/*=s:80'
      kubectl create priorityclass $NS --value=7
      kubectl delete priorityclass $NS""")
    job = json.loads(typed("kubectl -n $NS get job j -o json"))
    assert job["spec"]["template"]["spec"]["containers"][0]["command"] == ["true"]
    path = ".spec.rules[0].http.paths[0].backend.service.port.number"
    assert typed(f"kubectl -n $NS get ingress i -o jsonpath='{{{path}}}'") == "80"


@pytest.mark.row(client="kubectl", does="workloads without a controller, webhooks of users", refused=True)
def test_what_has_no_effect_is_said(typed: Callable[[str], str]) -> None:
    kind = "admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration"
    manifest = _manifest({kind: CLUSTER[kind]}, "w.example.com")
    said = typed(f"""kubectl -n $NS create job j --image=busybox:1 2>&1
      kubectl apply --dry-run=server -f - <<'EOF' 2>&1\n{manifest}EOF\n""")
    assert "Warning: the embedded platform stores jobs and runs no pods for them" in said
    assert "Warning: the embedded platform stores webhook configurations and calls no webhook" in said


@pytest.mark.row(client="kubectl", does="PersistentVolumeClaim: default class, pre-made volume")
def test_claims(typed: Callable[[str], str], tmp_path: Path, namespace: str) -> None:
    assert "standard (default)" in typed("kubectl get storageclass")
    claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: NAME}\nspec: {accessModes: [ReadWriteOnce],"
    claim += " resources: {requests: {storage: 2Gi}}CLASS}\n"
    made, given = (claim.replace("NAME", name) for name in ("made", "given"))
    volume = f"""apiVersion: v1
kind: PersistentVolume
metadata: {{name: {namespace}}}
spec: {{capacity: {{storage: 5Gi}}, accessModes: [ReadWriteOnce], storageClassName: {namespace},
  hostPath: {{path: {tmp_path}}}, persistentVolumeReclaimPolicy: Retain}}
"""
    typed(f"kubectl -n $NS apply -f - <<'EOF'\n{made.replace('CLASS', '')}EOF\n")
    typed(f"kubectl -n $NS apply -f - <<'EOF'\n{given.replace('CLASS', f', storageClassName: {namespace}')}EOF\n")
    assert typed("kubectl -n $NS get pvc given -o jsonpath='{.status.phase}'") == "Pending"
    typed(f"kubectl apply -f - <<'EOF'\n{volume}EOF\n")
    typed("kubectl -n $NS wait --for=jsonpath='{.status.phase}'=Bound pvc/given pvc/made --timeout=20s")
    bound = typed("kubectl -n $NS get pvc given -o jsonpath='{.status.capacity.storage} {.spec.volumeName}'")
    assert bound.split() == ["5Gi", namespace]
    path = Path(
        typed(
            "kubectl get pv $(kubectl -n $NS get pvc made -o jsonpath='{.spec.volumeName}') "
            "-o jsonpath='{.spec.hostPath.path}'"
        )
    )
    assert path.is_dir()
    typed("kubectl -n $NS delete pvc given made")
    assert typed("kubectl get pv $NS -o jsonpath='{.status.phase}'") == "Released"
    assert not path.exists()
    typed("kubectl delete pv $NS")


@pytest.mark.row(client="kubectl", does="webhook configurations of KServe and Knative")
def test_webhook_inventory(typed: Callable[[str], str], stack: str) -> None:
    mutating = typed("kubectl get mutatingwebhookconfigurations -o name")
    validating = typed("kubectl get validatingwebhookconfigurations -o name")
    assert "/inferenceservice.serving.kserve.io" in mutating
    assert "/webhook.serving.knative.dev" in mutating
    assert "/config.webhook.serving.knative.dev" in validating
    assert ("/servingruntime.serving.kserve.io" in validating) == (stack == "current")
    assert ("/webhook.domainmapping.serving.knative.dev" in mutating) == (stack == "tutorial")
