"""Writing objects the way the client asked for: as they are, as metadata only, or as a Table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from aiohttp import web

from kserve_conformance.embedded.apiserver import tables
from kserve_conformance.embedded.apiserver.routing import Target
from kserve_conformance.embedded.errors import ApiError
from kserve_conformance.embedded.objects import Obj

META = "meta.k8s.io/v1"


def json(body: Any, *, status: int = 200, content_type: str = "application/json") -> web.Response:
    return web.Response(body=orjson.dumps(body), status=status, headers={"Content-Type": content_type})


def failure(error: ApiError) -> web.Response:
    return json(error.status(), status=error.code)


def success(target: Target, obj: Obj) -> Obj:
    """The Status a delete answers with when the object is gone at once."""
    details = {"name": obj["metadata"]["name"], "kind": target.resource.plural, "uid": obj["metadata"]["uid"]}
    if target.resource.group:
        details["group"] = target.resource.group
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}


class Form:
    """What the Accept header asks for: the first of its offers that this server knows. Raises ApiError 406."""

    def __init__(self, accept: str, include: str) -> None:
        self.view = ""
        for offer in accept.split(","):
            parts = offer.replace(" ", "").split(";")
            view = next((part[3:] for part in parts if part.startswith("as=")), "")
            if parts[0] in ("application/json", "*/*", "application/*", "") and view in (
                "",
                "Table",
                "PartialObjectMetadata",
                "PartialObjectMetadataList",
            ):
                self.view = "Partial" if view.startswith("Partial") else view
                break
        else:
            known = "application/json, application/json;as=Table;g=meta.k8s.io;v=v1"
            raise ApiError(406, "NotAcceptable", f"only the following media types are accepted: {known}")
        self._include = include

    def one(self, target: Target, obj: Obj, *, head: bool = True) -> Obj:
        if self.view == "Table":
            return self._table(target, [obj], obj["metadata"]["resourceVersion"], head=head)
        if self.view == "Partial":
            return _partial(obj)
        return target.outgoing(obj)

    def many(self, target: Target, objects: Sequence[Obj], meta: Obj) -> Obj:
        if self.view == "Table":
            answer = self._table(target, objects, meta["resourceVersion"], head=True)
            answer["metadata"] = meta
            return answer
        if self.view == "Partial":
            items = [_partial(each) for each in objects]
            return {"kind": "PartialObjectMetadataList", "apiVersion": META, "metadata": meta, "items": items}
        return {
            "kind": f"{target.served.kind}List",
            "apiVersion": target.served.api_version,
            "metadata": meta,
            "items": [target.outgoing(each) for each in objects],
        }

    def bookmark(self, target: Target, meta: Obj) -> Obj:
        if self.view == "Table":
            return {"kind": "Table", "apiVersion": META, "metadata": meta, "columnDefinitions": None, "rows": []}
        if self.view == "Partial":
            return {"kind": "PartialObjectMetadata", "apiVersion": META, "metadata": meta}
        return {"kind": target.served.kind, "apiVersion": target.served.api_version, "metadata": meta}

    def _table(self, target: Target, objects: Sequence[Obj], version: str, *, head: bool) -> Obj:
        table = tables.table(target.served, objects, version=version, head=head, whole=self._include == "Object")
        if self._include == "None":
            for row in table["rows"]:
                del row["object"]
        return table


def _partial(obj: Obj) -> Obj:
    return {"kind": "PartialObjectMetadata", "apiVersion": META, "metadata": obj["metadata"]}
