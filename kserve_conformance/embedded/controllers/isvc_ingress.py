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
from kserve_conformance.embedded.controllers import components, isvc_address, names
from kserve_conformance.embedded.controllers import isvc_conditions as conditions
from kserve_conformance.embedded.controllers.components import EXPLAINER, PREDICTOR, TRANSFORMER, Component
from kserve_conformance.embedded.controllers.gateway import GatewayState
from kserve_conformance.embedded.controllers.occasions import Occasions
from kserve_conformance.embedded.controllers.runtime import ensure
from kserve_conformance.embedded.objects import Key, Obj, annotations_of, key_of, labels_of, owner_reference
from kserve_conformance.embedded.stacks import Stack

DEFAULTS = {
    "ingressGateway": "knative-serving/knative-ingress-gateway",
    "localGateway": "knative-serving/knative-local-gateway",
    "localGatewayService": "knative-local-gateway.istio-system.svc.cluster.local",
    "urlScheme": "http",
}
PORT = r"(?::\d{1,5})?"
EXPLAIN = r"^/v1/models/[\w-]+:explain$"
ASK_AGAIN = 0.02
# How long the gateway is kept ignorant of a Ready service: longer than any client waits for one, or shorter.
LATE = {"ready-before-routable": 8.0, "route-one-second-late": 1.0}


class Ingress:
    """Brings the objects about, and says IngressReady once the gateway answers for the host.

    On a cluster nobody waits for the gateway here: Istio is quick, and the Knative Service below has been probed.
    Waiting keeps the promise on a machine where Istio is not quick.
    """

    def __init__(self, store: Store, stack: Stack, occasions: Occasions, gateway: GatewayState) -> None:
        self._store = store
        self._stack = stack
        self._occasions = occasions
        self._gateway = gateway
        self._late: dict[str, float] = {}

    def reconcile(self, isvc: Obj) -> float | None:
        """Seconds after which to look again while the gateway is not there yet, else None. Changes the status."""
        status, config = isvc["status"], self._config()
        url = _public_url(isvc, self._stack, config["urlScheme"])
        missing = next((each for each in components.of(isvc) if conditions.state(status, each.ready) != "True"), None)
        ready = missing is None
        # 0.10 does nothing before there is a URL, and leaves IngressReady False while a component is not ready.
        eager = self._stack.summary_conditions
        if missing is not None and (eager or url is not None):
            value = conditions.state(status, missing.ready) if self._stack.summary_conditions else "False"
            reason = f"{missing.name.capitalize()} ingress not created"
            conditions.mark(status, "IngressReady", value, reason=reason)
        if eager or (ready and url is not None):
            ensure(self._store, SERVICES, _external_service(isvc, config))
        if url is None or not (ready or eager):
            return None
        wait = self._publish(isvc, urlsplit(url).hostname or "", config) if ready else None
        if wait is not None:
            return wait
        status["url"] = _of_another(url) if self._occasions.fires("url-missing-or-wrong", isvc) else url  # F005
        if self._occasions.fires("url-of-another-scheme", isvc):  # F361
            status["url"] = url.replace("http://", "https://", 1)
        if self._occasions.fires("host-of-the-predictor", isvc):  # F281
            status["url"] = components.status_of(isvc, PREDICTOR)["url"]
        address = isvc_address.of(isvc, self._stack)
        status["address"] = {"url": _of_another(address) if self._occasions.fires("address-wrong", isvc) else address}
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

    def _publish(self, isvc: Obj, host: str, config: dict[str, str]) -> float | None:
        key = key_of(isvc)
        before = self._store.find(VIRTUAL_SERVICES, key.namespace, key.name)
        if before is None and self._too_early(isvc):
            return None
        was_there = conditions.state(isvc["status"], "IngressReady") == "True"
        if before is None and was_there and self._occasions.fires("virtual-service-not-restored", isvc):  # F355
            return None
        after = ensure(self._store, VIRTUAL_SERVICES, self._virtual_service(isvc, host, config))
        if before is None:  # what was True while there was nothing to serve yet
            reason = f"{_entrance(isvc).name.capitalize()} ingress not created"
            conditions.mark(isvc["status"], "IngressReady", "Unknown", reason=reason)
        changed = before is None or before["spec"] != after["spec"]
        known = conditions.state(isvc["status"], "IngressReady") == "True" and not changed
        return None if known or self._gateway.serves(host) else ASK_AGAIN

    def _too_early(self, isvc: Obj) -> bool:
        """F001, D01: Ready is published at once, and the gateway hears of the host only later."""
        uid, now = isvc["metadata"]["uid"], time.monotonic()
        if uid not in self._late:
            late = next((seconds for knob, seconds in LATE.items() if self._occasions.fires(knob, isvc)), None)
            if late is None:
                return False
            self._late[uid] = now + late
        if now < self._late[uid]:
            return True
        del self._late[uid]
        return False

    def _virtual_service(self, isvc: Obj, host: str, config: dict[str, str]) -> Obj:
        meta = isvc["metadata"]
        local = f"{meta['name']}.{meta['namespace']}.{names.CLUSTER_DOMAIN}"
        internal = names.is_local(isvc) or host == local
        mesh = ["mesh"] if self._stack.summary_conditions else []
        match: list[Obj] = [{"authority": {"regex": _local_pattern(meta)}, "gateways": [config["localGateway"], *mesh]}]
        hosts, gateways = [local], [config["localGateway"], *mesh]
        if not internal:
            pattern = f"^{re.escape(host)}{PORT}$"
            match.append({"authority": {"regex": pattern}, "gateways": [config["ingressGateway"]]})
            hosts.append(host)
            gateways.append(config["ingressGateway"])
        bypassed = _entrance(isvc) is TRANSFORMER and self._occasions.fires("transformer-bypassed", isvc)  # F089
        routes = [self._route(isvc, PREDICTOR if bypassed else _entrance(isvc), match, config)]
        explained = isvc["spec"].get("explainer") is not None
        if explained and not self._occasions.fires("explainer-bypassed", isvc):  # F144
            taken = ".*explain.*" if self._occasions.fires("explainer-takes-more", isvc) else EXPLAIN  # F360
            of_explanations = [{"uri": {"regex": taken}, **each} for each in match]
            routes.insert(0, self._route(isvc, EXPLAINER, of_explanations, config))
        refused = components.not_copied(self._stack)
        annotations = {name: text for name, text in annotations_of(isvc).items() if name not in refused}
        return {
            "metadata": {
                "name": meta["name"],
                "namespace": meta["namespace"],
                "labels": labels_of(isvc),
                "annotations": annotations,
                "ownerReferences": [owner_reference(isvc)],
            },
            "spec": {"hosts": hosts, "gateways": gateways, "http": routes},
        }

    def _route(self, isvc: Obj, backend: Component, match: list[Obj], config: dict[str, str]) -> Obj:
        meta = isvc["metadata"]
        name = components.name_of(isvc, backend, self._stack)
        if self._occasions.fires("host-rewrite-lost", isvc):  # F043
            name += "-of-old"
        host = f"{name}.{meta['namespace']}.{names.CLUSTER_DOMAIN}"
        headers = {"Host": host}
        if self._stack.summary_conditions:
            headers |= {"KServe-Isvc-Name": meta["name"], "KServe-Isvc-Namespace": meta["namespace"]}
        destination = {"host": config["localGatewayService"], "port": {"number": 80}}
        return {
            "match": match,
            "route": [{"destination": destination, "weight": 100}],
            "headers": {"request": {"set": headers}},
        }

    def _config(self) -> dict[str, str]:
        found = self._store.find(CONFIG_MAPS, "kserve", "inferenceservice-config") or {}
        text = (found.get("data") or {}).get("ingress") or "{}"
        return {**DEFAULTS, **json.loads(text)}


def _entrance(isvc: Obj) -> Component:
    """Who takes requests for predictions."""
    return TRANSFORMER if isvc["spec"].get("transformer") is not None else PREDICTOR


def _public_url(isvc: Obj, stack: Stack, scheme: str) -> str | None:
    """The URL of the entrance without the part that names the component."""
    entrance = _entrance(isvc)
    url = components.status_of(isvc, entrance).get("url")
    if url is None:
        return None
    part = f"-{entrance.name}{stack.component_ending}"
    return f"{scheme}://{urlsplit(url).netloc.replace(part, '', 1)}"


def _of_another(url: str) -> str:
    scheme, _, host = url.partition("://")
    return f"{scheme}://not-{host}"


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
