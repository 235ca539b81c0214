"""CustomResourceDefinitions: what is defined is served from then on, and gone with its definition."""

from __future__ import annotations

from kserve_conformance.embedded.apiserver import crd_rules, fields, structural
from kserve_conformance.embedded.apiserver.changes import Event
from kserve_conformance.embedded.apiserver.kinds import ScalePaths
from kserve_conformance.embedded.apiserver.resources import CRDS, Column, Resource
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.apiserver.validation import refuse
from kserve_conformance.embedded.errors import ApiError, bad_request
from kserve_conformance.embedded.objects import Obj, copy_of, is_terminating, is_true, set_condition

CLEANUP = "customresourcecleanup.apiextensions.k8s.io"


class Definitions:
    """Keeps the registry in step with the stored definitions. Of a kind that the platform knows by itself the
    definition only decides whether it is served."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, list[Resource]] = {}
        for each in store.registry:
            self._known.setdefault(str(each), []).append(each)
        self._served = {name: list(resources) for name, resources in self._known.items()}
        for crd in store.look(CRDS):
            self._serve(crd)
        store.listeners.append(self._note)

    def schema(self, resource: Resource) -> tuple[str, Obj] | None:
        """A kind's schema in one served version, and the version of the definition it is from."""
        for crd in self._store.look(CRDS, where=lambda each: each["metadata"]["name"] == str(resource)):
            for version in crd["spec"]["versions"]:
                schema = (version.get("schema") or {}).get("openAPIV3Schema")
                if version["name"] == resource.version and schema:
                    return crd["metadata"]["resourceVersion"], schema
        return None

    def conform(self, resource: Resource, obj: Obj, validation: str, old: Obj | None) -> list[str]:
        """Prunes, defaults and validates an object of a user's kind; returns warnings.

        Raises ApiError 400 for unknown fields under `Strict`, 405 while the definition goes, 422 for what the schema
        refuses.
        """
        if str(resource) in self._known:
            return []
        found = self.schema(resource)
        if found is None:
            return []
        schema = found[1]
        if old is None and is_terminating(self._store.look_at(CRDS, "", str(resource))):
            why = "create not allowed while custom resource definition is terminating"
            raise ApiError(405, "MethodNotAllowed", why)
        surplus = list(structural.unknown(schema, obj))
        warnings = [f'unknown field "{each.path}"' for each in surplus][: fields.SHOWN]
        if surplus and validation == "Strict":
            what = f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}'
            raise bad_request(f"{what}: strict decoding error: {', '.join(warnings)}")
        for each in surplus:
            each.owner.pop(each.name, None)
        structural.fill(schema, obj)
        refuse(resource, obj, list(structural.errors(schema, obj)))
        shown = [] if validation == "Ignore" else warnings
        places = list(structural.rules(schema))
        return [*shown, crd_rules.unevaluated(places)] if places else shown

    def _note(self, resource: Resource, event: Event) -> None:
        if resource is not CRDS:
            if event.type == "DELETED":
                self._cleaned(resource)
        elif event.type == "DELETED":
            self._forget(event.obj)
        else:
            self._serve(event.obj)
            if is_terminating(event.obj):
                self._clean(event.obj)

    def _serve(self, crd: Obj) -> None:
        spec, name = crd["spec"], crd["metadata"]["name"]
        if name in self._known:
            self._serve_again(name)
            return
        resources = {each["name"]: _resource(spec, each) for each in spec["versions"] if each.get("served", True)}
        storage = next((each["name"] for each in spec["versions"] if each.get("storage")), None)
        stored_as = resources.get(storage or "", next(iter(resources.values()), None))
        before = {each.version: each for each in self._served.get(name, ())}
        for version, old in before.items():
            if resources.get(version) != old:
                self._store.registry.remove(old)
        for each in resources.values():
            self._store.registry.add(each, stored_as=stored_as)
        self._served[name] = list(resources.values())
        if not is_true(crd, "Established"):
            self._establish(crd)

    def _serve_again(self, name: str) -> None:
        if name not in self._served:
            self._served[name] = list(self._known[name])
            for each in self._known[name]:
                self._store.registry.add(each)

    def _establish(self, crd: Obj) -> None:
        fresh = copy_of(crd)
        status = fresh.setdefault("status", {})
        conditions = status.setdefault("conditions", [])
        set_condition(conditions, "NamesAccepted", "True", reason="NoConflicts", message="no conflicts found")
        text = "the initial names have been accepted"
        set_condition(conditions, "Established", "True", reason="InitialNamesAccepted", message=text)
        status["acceptedNames"] = crd["spec"]["names"]
        status["storedVersions"] = [each["name"] for each in crd["spec"]["versions"] if each.get("storage")]
        self._store.update(CRDS, fresh, subresource="status")

    def _clean(self, crd: Obj) -> None:
        """Deletes every object of a kind that goes; the definition waits for the last of them."""
        for each in self._stored(crd):
            for obj in self._store.look(each):
                meta = obj["metadata"]
                if not is_terminating(obj):
                    self._store.delete(each, meta.get("namespace", ""), meta["name"])
            self._cleaned(each)

    def _cleaned(self, resource: Resource) -> None:
        """Lets a definition go when nothing of its kind is left."""
        definition = self._store.look_for(CRDS, "", str(resource))
        if definition is None or not is_terminating(definition) or self._store.look(resource):
            return
        crd = copy_of(definition)
        if CLEANUP in (crd["metadata"].get("finalizers") or ()):
            crd["metadata"]["finalizers"].remove(CLEANUP)
            self._store.update(CRDS, crd)

    def _stored(self, crd: Obj) -> set[Resource]:
        return {self._store.registry.storage(each) for each in self._served.get(crd["metadata"]["name"], ())}

    def _forget(self, crd: Obj) -> None:
        for each in self._served.pop(crd["metadata"]["name"], ()):
            self._store.registry.remove(each)


def _resource(spec: Obj, version: Obj) -> Resource:
    names, parts = spec["names"], version.get("subresources") or {}
    columns = tuple(
        Column(each["name"], each["jsonPath"], each.get("type", "string"), each.get("priority", 0))
        for each in version.get("additionalPrinterColumns") or ()
    )
    return Resource(
        spec["group"],
        version["name"],
        names["kind"],
        names["plural"],
        namespaced=spec.get("scope", "Namespaced") == "Namespaced",
        short_names=tuple(names.get("shortNames") or ()),
        categories=tuple(names.get("categories") or ()),
        columns=columns,
        subresources=tuple(each for each in ("status", "scale") if each in parts),
        scale=_scale(parts["scale"]) if "scale" in parts else None,
    )


def _scale(paths: Obj) -> ScalePaths:
    return ScalePaths(paths["specReplicasPath"], paths["statusReplicasPath"], paths.get("labelSelectorPath"))
