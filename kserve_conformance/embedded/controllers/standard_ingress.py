"""The way in to a service in Standard mode: a Kubernetes Ingress.

kserve reconcilers/ingress/kube_ingress_reconciler.go, v0.10.0 and v0.20.0.
The older version makes no difference for services that are local to the cluster, and calls a local name that nothing
serves.
"""

from __future__ import annotations

from kserve_conformance.embedded.apiserver.resources import KUBE_INGRESSES, SERVICES
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers import components, modes, names
from kserve_conformance.embedded.controllers import isvc_conditions as conditions
from kserve_conformance.embedded.controllers.components import EXPLAINER, PREDICTOR, TRANSFORMER, Component
from kserve_conformance.embedded.controllers.gateway import GatewayState
from kserve_conformance.embedded.controllers.occasions import Occasions
from kserve_conformance.embedded.controllers.runtime import ensure
from kserve_conformance.embedded.controllers.standard_hosts import public_host
from kserve_conformance.embedded.objects import Obj, annotations_of, is_terminating, owner_reference
from kserve_conformance.embedded.stacks import Stack

ASK_AGAIN = 0.02
HTTP = 8080


class StandardIngress:
    """As with Knative, IngressReady waits for the gateway here; on a cluster it comes with the object."""

    def __init__(self, store: Store, stack: Stack, occasions: Occasions, gateway: GatewayState) -> None:
        self._store = store
        self._stack = stack
        self._occasions = occasions
        self._gateway = gateway

    def reconcile(self, isvc: Obj) -> float | None:
        """Seconds after which to look again while the gateway is not there yet, else None. Changes the status."""
        status, config = isvc["status"], modes.config(self._store, "ingress")
        internal = names.is_local(isvc) or config.get("ingressDomain") == names.CLUSTER_DOMAIN
        hidden = self._stack.reports_mode and (internal or config.get("disableIngressCreation", False))
        host = public_host(isvc["metadata"]["name"], isvc, self._store)
        if self._occasions.fires("standard-template-ignored", isvc):  # F381
            host = f"{isvc['metadata']['name']}.standard.{host.partition('.')[2]}"
        if not hidden:
            missing = next((each for each in self._entries(isvc) if not _ready(status, each)), None)
            if missing is not None:
                reason = f"{missing.name.capitalize()} ingress not created"
                conditions.mark(status, "IngressReady", "False", reason=reason)
                return None
            ensure(self._store, KUBE_INGRESSES, self._ingress(isvc, host, config.get("ingressClassName")))
            if not self._gateway.serves(host):
                return ASK_AGAIN
        scheme = config.get("urlScheme") or "http"
        status["url"] = f"{scheme}://{host}"
        status["address"] = {"url": self._address(isvc, scheme)}
        conditions.mark(status, "IngressReady", "True")
        return None

    def remove(self, isvc: Obj) -> None:
        meta = isvc["metadata"]
        found = self._store.find(KUBE_INGRESSES, meta["namespace"], meta["name"])
        if found is not None and not is_terminating(found):
            self._store.delete(KUBE_INGRESSES, meta["namespace"], meta["name"])

    def _entries(self, isvc: Obj) -> list[Component]:
        """What has to be ready before there is an Ingress."""
        parts = components.of(isvc)
        return [PREDICTOR, *([each for each in (TRANSFORMER, EXPLAINER) if each in parts][:1])]

    def _ingress(self, isvc: Obj, host: str, class_name: str | None) -> Obj:
        meta = isvc["metadata"]
        spec: Obj = {"rules": list(self._rules(isvc, host))}
        if class_name:
            spec["ingressClassName"] = class_name
        return {
            "metadata": {
                "name": meta["name"],
                "namespace": meta["namespace"],
                "annotations": annotations_of(isvc),
                "ownerReferences": [owner_reference(isvc)],
            },
            "spec": spec,
        }

    def _rules(self, isvc: Obj, host: str) -> list[Obj]:
        """The newer version sends a transformer's own host to the predictor."""
        parts = components.of(isvc)
        predictor, transformer, explainer = (
            components.name_of(isvc, each, self._stack) for each in (PREDICTOR, TRANSFORMER, EXPLAINER)
        )
        if TRANSFORMER in parts:
            rules = [(explainer, explainer)] if EXPLAINER in parts else []
            own = predictor if self._stack.reports_mode else transformer
            bypassed = self._occasions.fires("standard-transformer-bypassed", isvc)  # F228
            pairs = [*rules, (None, predictor if bypassed else transformer), (transformer, own)]
        elif EXPLAINER in parts:
            pairs = [(None, predictor), (explainer, explainer)]
        else:
            pairs = [(None, predictor)]
        return [
            self._rule(host if name is None else public_host(name, isvc, self._store), isvc, backend)
            for name, backend in [*pairs, (predictor, predictor)]
        ]

    def _rule(self, host: str, isvc: Obj, backend: str) -> Obj:
        found = self._store.find(SERVICES, isvc["metadata"]["namespace"], backend)
        port = found["spec"]["ports"][0]["port"] if found is not None else 80
        target = {"service": {"name": backend, "port": {"number": port}}}
        return {"host": host, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": target}]}}

    def _address(self, isvc: Obj, scheme: str) -> str:
        meta = isvc["metadata"]
        if not self._stack.reports_mode:
            return f"{scheme}://{meta['name']}.{meta['namespace']}.{names.CLUSTER_DOMAIN}"
        entry = TRANSFORMER if TRANSFORMER in components.of(isvc) else PREDICTOR
        name = components.name_of(isvc, entry, self._stack)
        service = self._store.find(SERVICES, meta["namespace"], name) or {"spec": {}}
        port = f":{HTTP}" if service["spec"].get("clusterIP") == "None" else ""
        return f"http://{name}.{meta['namespace']}.{names.CLUSTER_DOMAIN}{port}"


def _ready(status: Obj, component: Component) -> bool:
    return conditions.state(status, component.ready) == "True"
