"""Connections that stay open: port forwarding, commands in containers, logs; and rollouts of Deployments."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from kubernetes import client, config
from kubernetes.stream import portforward, stream

from tests.embedded_platform.conftest import Up

Typed = Callable[[str], str]
CURRENT = pytest.mark.parametrize("stack", ["current"], indirect=True)
MODEL = """
kubectl apply -n $NS -f - <<EOF
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata:
  name: iris
spec:
  predictor:
    minReplicas: 1
    model:
      modelFormat:
        name: sklearn
      storageUri: gs://kfserving-examples/models/sklearn/1.0/model
EOF
kubectl wait -n $NS isvc iris --for=condition=Ready --timeout=50s
"""
POD = """
POD=$(kubectl get pods -n $NS -l serving.kserve.io/inferenceservice=iris -o name | head -1)
in_pod() { kubectl exec -n $NS $POD -c kserve-container "$@"; }
"""
# `forward …` runs port-forward in the background and sets PORT to the local port it chose.
FORWARD = """
forward() {
  kubectl port-forward "$@" > forwarding 2>&1 &
  trap "kill $!" EXIT
  for i in $(seq 200); do grep -q "Forwarding from 127" forwarding && break; sleep 0.1; done
  PORT=$(sed -n 's/Forwarding from 127.0.0.1:\\([0-9]*\\) .*/\\1/p' forwarding)
}
"""
PREDICTION = json.dumps({"instances": [[6.8, 2.8, 4.8, 1.4]]})
PREDICT = f"curl -s -d '{PREDICTION}' -H 'Content-Type: application/json' localhost:$PORT/v1/models/iris:predict"
DEPLOYMENT = """
kubectl create deployment web -n $NS --image docker.io/istio/proxyv2:one --replicas 2
kubectl rollout status -n $NS deployment/web --timeout=30s
"""


@pytest.mark.row(client="kubectl, curl", does="port-forward service (gateway)")
def test_port_forward_gateway(typed: Typed) -> None:
    forward = "forward -n istio-system service/istio-ingressgateway :80\n"
    typed(MODEL)
    host = typed("kubectl get isvc iris -n $NS -o jsonpath='{.status.url}'").removeprefix("http://")
    ask = f"curl -s -H 'Host: {host}' " + PREDICT.removeprefix("curl -s ")
    assert json.loads(typed(FORWARD + forward + ask)) == {"predictions": [1]}


@CURRENT
@pytest.mark.row(client="kubectl, curl", does="port-forward pod and deployment")
def test_port_forward_pod(typed: Typed) -> None:
    typed(MODEL)
    for websockets in ("true", "false"):
        chosen = f"export KUBECTL_PORT_FORWARD_WEBSOCKETS={websockets}\n" + FORWARD + POD
        assert json.loads(typed(chosen + "forward -n $NS $POD :8080\n" + PREDICT)) == {"predictions": [1]}
        deployment = "DEPLOYMENT=$(kubectl get deployment -n $NS -o name)\nforward -n $NS $DEPLOYMENT :8080\n"
        assert json.loads(typed(chosen + deployment + PREDICT)) == {"predictions": [1]}
        refused = (
            "forward -n $NS $POD :9\ncurl -s localhost:$PORT || true\nwait $! || true\ntrap - EXIT\ncat forwarding"
        )
        assert "connect: connection refused" in typed(chosen + refused)


@CURRENT
@pytest.mark.row(client="kubernetes (Python)", does="port forwarding")
def test_python_port_forward(up: Up, namespace: str, typed: Typed) -> None:
    typed(MODEL)
    api, pod = _api(up), _pod(up, namespace)
    forward = portforward(api.connect_get_namespaced_pod_portforward, pod, namespace, ports="8080")
    end = forward.socket(8080)
    end.settimeout(20)
    end.sendall(b"GET /v1/models/iris HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    received = b""
    while data := end.recv(4096):
        received += data
    assert b"200 OK" in received
    assert b'"iris"' in received


@CURRENT
@pytest.mark.row(client="kubectl", does="exec: output, input, exit code")
def test_exec(typed: Typed) -> None:
    typed(MODEL)
    for websockets in ("true", "false"):
        chosen = f"export KUBECTL_REMOTE_COMMAND_WEBSOCKETS={websockets}\n" + POD
        assert typed(chosen + "in_pod -- ls /mnt/models").split() == ["model.joblib"]
        assert typed(chosen + "echo hello | in_pod -i -- cat") == "hello\n"
        assert (
            typed(chosen + "echo pod/$(in_pod -- sh -c 'echo $HOSTNAME'); echo $POD")
            .split("\n")[0]
            .startswith("pod/iris")
        )
        failed = typed(chosen + "in_pod -- sh -c 'echo no >&2; exit 3' 2>&1 || echo code $?")
        assert failed.split("\n")[:1] + failed.split("\n")[-2:-1] == ["no", "code 3"]
        assert 'exec: "nowhere": executable file not found in $PATH' in typed(chosen + "in_pod -- nowhere 2>&1 || true")
        command = "kubectl exec -it -n $NS $POD -c kserve-container -- sh -c 'test -t 0 && echo yes'"
        terminal = f'export POD\nscript -qec "{command}" /dev/null'
        assert "yes" in typed(chosen + terminal + " < /dev/null")


@CURRENT
@pytest.mark.row(client="kubectl", does="exec: a container without a process", refused=True)
def test_exec_refused(typed: Typed) -> None:
    typed(MODEL)
    said = typed(POD + "kubectl exec -n $NS $POD -c queue-proxy -- ls 2>&1 || true")
    assert "no command can be run in it" in said


@CURRENT
@pytest.mark.row(client="kubectl", does="cp")
def test_copy(typed: Typed) -> None:
    typed(MODEL)
    copies = "head -c 300000 /dev/urandom > here\nP=${POD#pod/}\nT=$(pwd)\n"
    copies += "kubectl cp -n $NS -c kserve-container here $P:$T/there\n"
    copies += "kubectl cp -n $NS -c kserve-container $P:$T/there back\ncmp here back && echo same"
    assert typed(POD + copies).endswith("same\n")


@CURRENT
@pytest.mark.row(client="kubectl", does="cp out of the model's folder")
def test_copy_of_the_model(typed: Typed) -> None:
    typed(MODEL)
    copies = 'P=${POD#pod/}\nC="kubectl cp -n $NS -c kserve-container"\n'
    copies += "$C $P:/mnt/models whole\n$C $P:/mnt/models/model.joblib one\n"
    copies += "cmp whole/model.joblib one && echo same"
    assert typed(POD + copies).endswith("same\n")


@CURRENT
@pytest.mark.row(client="kubernetes (Python)", does="exec")
def test_python_exec(up: Up, namespace: str, typed: Typed) -> None:
    typed(MODEL)
    api, pod = _api(up), _pod(up, namespace)
    command = ["sh", "-c", "read line; echo got $line; exit 4"]
    running = stream(
        api.connect_get_namespaced_pod_exec,
        pod,
        namespace,
        container="kserve-container",
        command=command,
        stdin=True,
        stdout=True,
        stderr=True,
        _preload_content=False,
    )
    running.write_stdin("this\n")
    running.run_forever(timeout=20)
    assert running.read_stdout() == "got this\n"
    assert running.returncode == 4


@CURRENT
@pytest.mark.row(client="kubectl", does="attach")
def test_attach(typed: Typed) -> None:
    typed(MODEL)
    script = """
    kubectl attach -n $NS $POD -c kserve-container > attached 2>&1 &
    trap "kill $!" EXIT
    for i in $(seq 100); do
      kubectl get --raw "/api/v1/namespaces/$NS/pods/${POD#pod/}:8080/proxy/v1/models/iris" > /dev/null
      grep -q "GET /v1/models/iris" attached && exit 0
      sleep 0.1
    done
    cat attached; exit 1
    """
    typed(POD + script)


@CURRENT
@pytest.mark.row(client="kubectl", does="logs: tail, since, timestamps, containers")
def test_logs(typed: Typed) -> None:
    typed(MODEL)
    logs = POD + 'logs() { kubectl logs -n $NS $POD "$@"; }\n'
    line = typed(logs + "logs -c kserve-container --tail=1 --timestamps")
    assert line.count("\n") == 1
    assert line[:4].isdigit()
    assert line.split()[0].endswith("Z")
    stamped = typed(logs + "logs -c kserve-container --timestamps").splitlines()
    assert [each.split()[0] for each in stamped] == sorted(each.split()[0] for each in stamped)
    first, last = stamped[0].split()[0], stamped[-1].split()[0]
    assert typed(logs + f"logs -c kserve-container --timestamps --since-time={last}").splitlines()[-1] == stamped[-1]
    assert first < last
    assert typed(logs + "logs -c kserve-container --since-time=2999-01-01T00:00:00Z") == ""
    assert len(typed(logs + "logs -c kserve-container --limit-bytes=5")) == 5
    everything = typed("kubectl logs -n $NS -l serving.kserve.io/inferenceservice=iris --all-containers --prefix")
    assert {"/storage-initializer]", "/kserve-container]"} <= {
        "/" + each.rpartition("/")[2] for each in _first(everything)
    }


@CURRENT
@pytest.mark.row(client="kubectl", does="rollout status, history, undo, restart; scale")
def test_rollout(typed: Typed) -> None:
    typed(DEPLOYMENT)
    status = "kubectl rollout status -n $NS deployment/web --timeout=30s\n"
    assert "successfully rolled out" in typed(
        "kubectl set image -n $NS deployment/web proxyv2=docker.io/istio/proxyv2:two\n" + status
    )
    assert typed("kubectl rollout history -n $NS deployment/web").split()[-4:] == ["1", "<none>", "2", "<none>"]
    typed("kubectl rollout undo -n $NS deployment/web\n" + status)
    image = "kubectl get deployment web -n $NS -o jsonpath='{.spec.template.spec.containers[0].image}'"
    assert typed(image).endswith(":one")
    assert typed("kubectl rollout history -n $NS deployment/web").split()[-4:] == ["2", "<none>", "3", "<none>"]
    typed("kubectl rollout restart -n $NS deployment/web\n" + status)
    revision = (
        r"kubectl get deployment web -n $NS -o jsonpath='{.metadata.annotations.deployment\.kubernetes\.io/revision}'"
    )
    assert typed(revision) == "4"
    typed("kubectl scale -n $NS deployment/web --replicas 3\n" + status)
    assert typed("kubectl get pods -n $NS -o name").count("pod/web-") == 3


@CURRENT
@pytest.mark.row(client="kubectl", does="rollout pause, resume")
def test_pause(typed: Typed) -> None:
    typed(DEPLOYMENT)
    typed("kubectl rollout pause -n $NS deployment/web")
    typed("kubectl set image -n $NS deployment/web proxyv2=docker.io/istio/proxyv2:two")
    typed(
        "kubectl wait -n $NS deployment/web --for=jsonpath='{.status.conditions[?(@.type==\"Progressing\")].reason}'="
        "DeploymentPaused --timeout=20s"
    )
    assert typed("kubectl get rs -n $NS -o name").count("replicaset") == 1
    typed("kubectl rollout resume -n $NS deployment/web\nkubectl rollout status -n $NS deployment/web --timeout=30s")
    assert typed("kubectl get rs -n $NS -o name").count("replicaset") == 2


@CURRENT
@pytest.mark.row(client="kubectl", does="get --raw: proxy to pods and Services")
def test_proxy(typed: Typed) -> None:
    typed(MODEL)
    root = 'kubectl get --raw "/api/v1/namespaces/$NS/'
    assert json.loads(typed(POD + root + 'pods/${POD#pod/}:8080/proxy/v1/models/iris"'))["name"] == "iris"
    service = root + 'services/iris-predictor-00001-private:http/proxy/v1/models/iris"'
    assert json.loads(typed(service))["name"] == "iris"
    assert "connection refused" in typed(POD + root + 'pods/${POD#pod/}:9/proxy/" 2>&1 || true')


@CURRENT
@pytest.mark.row(client="kubectl", does="cluster-info, health, version, proxy")
def test_cluster_info(typed: Typed) -> None:
    assert "Kubernetes control plane" in typed("kubectl cluster-info")
    assert typed("for each in healthz readyz livez; do kubectl get --raw /$each; done") == "okokok"
    assert "gitVersion" in typed("kubectl get --raw /version")
    proxied = """
    kubectl proxy --port=0 > proxying &
    trap "kill $!" EXIT
    for i in $(seq 200); do grep -q Starting proxying && break; sleep 0.1; done
    curl -s http://$(grep -o '127.0.0.1:[0-9]*' proxying)/api/v1/namespaces/kserve
    """
    assert json.loads(typed(proxied))["metadata"]["name"] == "kserve"


@CURRENT
@pytest.mark.row(client="kubectl", does="top", refused=True)
def test_top(typed: Typed) -> None:
    assert "error: Metrics API not available" in typed("kubectl top pods -n $NS 2>&1 || true")


def _first(lines: str) -> set[str]:
    return {each.split()[0] for each in lines.splitlines() if each.startswith("[")}


def _api(up: Up) -> Any:
    return client.CoreV1Api(config.new_client_from_config(str(up.kubeconfig)))


def _pod(up: Up, namespace: str) -> str:
    pods = _api(up).list_namespaced_pod(namespace, label_selector="serving.kserve.io/inferenceservice=iris")
    return str(pods.items[0].metadata.name)
