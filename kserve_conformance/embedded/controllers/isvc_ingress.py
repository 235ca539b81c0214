"""The way in: a VirtualService for the public and the local host, an ExternalName Service, URL and address.

kserve reconcilers/ingress/ingress_reconciler.go, v0.10.0 and v0.20.0.
"""

from __future__ import annotations

import json
import re
import time
from urllib.parse import urlsplit

from kserve_conformance.embedded.apiserver.resources import CONFIG_MAPS, SERVICES, VIRTUAL_SERVICES
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers import isvc_conditions as conditions
from kserve_conformance.embedded.controllers import isvc_ksvc, names
from kserve_conformance.embedded.controllers.gateway import GatewayState
from kserve_conformance.embedded.controllers.runtime import ensure
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.objects import Key, Obj, annotations_of, key_of, labels_of, owner_reference
from kserve_conformance.embedded.stacks import Stack

DEFAULTS = {
    "ingressGateway": "knative-serving/knative-ingress-gateway",
    "localGateway": "knative-serving/knative-local-gateway",
    "localGatewayService": "knative-local-gateway.istio-system.svc.cluster.local",
    "urlScheme": "http",
}
PORT = r"(?::\d{1,5})?"
ASK_AGAIN = 0.02
LATE = 8.0  # how long F001 keeps the gateway ignorant of a Ready service: longer than any client waits for one


class Ingress:
    """Brings the objects about, and says IngressReady once the gateway answers for the host.

    On a cluster nobody waits for the gateway here: Istio is quick, and the Knative Service below has been probed.
    Waiting keeps the promise on a machine where Istio is not quick.
    """

    def __init__(self, store: Store, stack: Stack, faults: Faults, gateway: GatewayState) -> None:
        self._store = store
        self._stack = stack
        self._faults = faults
        self._gateway = gateway
        self._late: dict[str, float] = {}

    def reconcile(self, isvc: Obj) -> float | None:
        """Seconds after which to look again while the gateway is not there yet, else None. Changes the status."""
        status, config = isvc["status"], self._config()
        url = _public_url(status, self._stack, config["urlScheme"])
        ready = conditions.state(status, "PredictorReady") == "True"
        # 0.10 does nothing before there is a URL, and leaves IngressReady False while the predictor is not ready.
        eager = self._stack.summary_conditions
        if not ready and (eager or url is not None):
            self._predictor_missing(status)
        if eager or (ready and url is not None):
            ensure(self._store, SERVICES, _external_service(isvc, config))
        if url is None or not (ready or eager):
            return None
        wait = self._publish(isvc, urlsplit(url).hostname or "", config) if ready else None
        if wait is not None:
            return wait
        status["url"] = url
        status["address"] = {"url": self._address(isvc)}
        conditions.mark(status, "IngressReady", "True")
        late = self._late.get(isvc["metadata"]["uid"])
        return max(0.0, late - time.monotonic()) if late is not None else None

    def remove(self, isvc: Obj) -> None:
        """Takes the service off the gateway (stopped by annotation)."""
        key = key_of(isvc)
        for resource in (VIRTUAL_SERVICES, SERVICES):
            found = self._store.find(resource, key.namespace, key.name)
            if found is not None and _owned(found, isvc):
                self._store.delete(resource, key.namespace, key.name)

    def _predictor_missing(self, status: Obj) -> None:
        value = conditions.state(status, "PredictorReady") if self._stack.summary_conditions else "False"
        conditions.mark(status, "IngressReady", value, reason="Predictor ingress not created")

    def _publish(self, isvc: Obj, host: str, config: dict[str, str]) -> float | None:
        key = key_of(isvc)
        before = self._store.find(VIRTUAL_SERVICES, key.namespace, key.name)
        if before is None and self._too_early(isvc):
            return None
        after = ensure(self._store, VIRTUAL_SERVICES, self._virtual_service(isvc, host, config))
        changed = before is None or before["spec"] != after["spec"]
        known = conditions.state(isvc["status"], "IngressReady") == "True" and not changed
        return None if known or self._gateway.serves(host) else ASK_AGAIN

    def _too_early(self, isvc: Obj) -> bool:
        """F001: Ready is published at once, and the gateway hears of the host only later."""
        uid, now = isvc["metadata"]["uid"], time.monotonic()
        if uid not in self._late:
            if not self._faults.fires("ready-before-routable", isvc["metadata"]["namespace"]):
                return False
            self._late[uid] = now + LATE
        if now < self._late[uid]:
            return True
        del self._late[uid]
        return False

    def _virtual_service(self, isvc: Obj, host: str, config: dict[str, str]) -> Obj:
        meta = isvc["metadata"]
        local = f"{meta['name']}.{meta['namespace']}.{names.CLUSTER_DOMAIN}"
        internal = names.is_local(isvc) or host == local
        mesh = ["mesh"] if self._stack.summary_conditions else []
        match = [{"authority": {"regex": _local_pattern(meta)}, "gateways": [config["localGateway"], *mesh]}]
        hosts, gateways = [local], [config["localGateway"], *mesh]
        if not internal:
            pattern = f"^{re.escape(host)}{PORT}$"
            match.append({"authority": {"regex": pattern}, "gateways": [config["ingressGateway"]]})
            hosts.append(host)
            gateways.append(config["ingressGateway"])
        backend = f"{isvc_ksvc.name_of(isvc, self._stack)}.{meta['namespace']}.{names.CLUSTER_DOMAIN}"
        headers = {"Host": backend}
        if self._stack.summary_conditions:
            headers |= {"KServe-Isvc-Name": meta["name"], "KServe-Isvc-Namespace": meta["namespace"]}
        destination = {"host": config["localGatewayService"], "port": {"number": 80}}
        route = {
            "match": match,
            "route": [{"destination": destination, "weight": 100}],
            "headers": {"request": {"set": headers}},
        }
        annotations = {n: v for n, v in annotations_of(isvc).items() if n not in (*isvc_ksvc.NOT_COPIED, "modelFormat")}
        return {
            "metadata": {
                "name": meta["name"],
                "namespace": meta["namespace"],
                "labels": labels_of(isvc),
                "annotations": annotations,
                "ownerReferences": [owner_reference(isvc)],
            },
            "spec": {"hosts": hosts, "gateways": gateways, "http": [route]},
        }

    def _address(self, isvc: Obj) -> str:
        meta = isvc["metadata"]
        base = f"http://{meta['name']}.{meta['namespace']}.{names.CLUSTER_DOMAIN}"
        if not self._stack.address_has_path:
            return base
        predictor = isvc["spec"]["predictor"]
        model = predictor.get("model") or {}
        name = meta["name"]
        for each in model.get("args") or ():
            if each.startswith("--model_name="):
                name = each.removeprefix("--model_name=")
                break
        v2 = model.get("protocolVersion") == "v2"
        return f"{base}/v2/models/{name}/infer" if v2 else f"{base}/v1/models/{name}:predict"

    def _config(self) -> dict[str, str]:
        found = self._store.find(CONFIG_MAPS, "kserve", "inferenceservice-config") or {}
        text = (found.get("data") or {}).get("ingress") or "{}"
        return {**DEFAULTS, **json.loads(text)}


def _public_url(status: Obj, stack: Stack, scheme: str) -> str | None:
    """The predictor's URL without the part that names the predictor."""
    url = ((status.get("components") or {}).get("predictor") or {}).get("url")
    if url is None:
        return None
    return f"{scheme}://{urlsplit(url).netloc.replace(stack.component_suffix, '', 1)}"


def _local_pattern(meta: Obj) -> str:
    return rf"^{re.escape(meta['name'])}\.{re.escape(meta['namespace'])}(\.svc(\.cluster\.local)?)?{PORT}$"


def _external_service(isvc: Obj, config: dict[str, str]) -> Obj:
    meta = isvc["metadata"]
    return {
        "metadata": {
            "name": meta["name"],
            "namespace": meta["namespace"],
            "ownerReferences": [owner_reference(isvc)],
        },
        "spec": {"type": "ExternalName", "externalName": config["localGatewayService"], "sessionAffinity": "None"},
    }


def _owned(obj: Obj, owner: Obj) -> bool:
    references = obj["metadata"].get("ownerReferences") or ()
    return any(each["uid"] == owner["metadata"]["uid"] for each in references)


def keys_of_owned(obj: Obj) -> list[Key]:
    """The InferenceService a child belongs to."""
    meta = obj["metadata"]
    return [
        Key(meta["namespace"], each["name"])
        for each in meta.get("ownerReferences") or ()
        if each["kind"] == "InferenceService"
    ]
