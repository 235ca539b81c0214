"""GET on objects and collections: get, list in chunks, watch."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping

import orjson
from aiohttp import web

from kserve_conformance.embedded import errors
from kserve_conformance.embedded.apiserver import answers, selectors
from kserve_conformance.embedded.apiserver.answers import Form
from kserve_conformance.embedded.apiserver.routing import Target, number
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.apiserver.watches import Stream, Wish
from kserve_conformance.embedded.objects import Key, Obj, key_of
from kserve_conformance.embedded.settings import Delays

MATCHES = ("Exact", "NotOlderThan")


def form_of(request: web.Request) -> Form:
    return Form(request.headers.get("Accept", ""), request.query.get("includeObject", "Metadata"))


class Reader:
    """Answers GET for one store."""

    def __init__(self, store: Store, delays: Delays) -> None:
        self._store = store
        self._delays = delays

    async def answer(self, request: web.Request, target: Target) -> web.StreamResponse:
        if request.query.get("watch") in ("1", "true", "True"):
            return await self._watch(request, target)
        if target.name:
            found = self._store.look_at(target.resource, target.place, target.name)
            return answers.json(form_of(request).one(target, found))
        return answers.json(self._list(request, target))

    def _list(self, request: web.Request, target: Target) -> Obj:
        query = request.query
        _check_version(query, self._store.version)
        start = _continue(query)
        version, after = start or (self._store.version, None)
        if query.get("resourceVersionMatch") == "Exact":
            version = _version(query["resourceVersion"])
        wanted = keep(query, target)
        if version == self._store.version:
            found = self._store.look(target.resource, target.namespace, wanted)
        else:
            found = [each for each in self._store.look_back(target.resource, version) if wanted(each)]
        meta: Obj = {"resourceVersion": str(version)}
        if after is not None:
            found = [each for each in found if key_of(each) > after]
        limit = number(query, "limit") or 0
        if limit and len(found) > limit:
            meta["continue"] = _continue_token(version, key_of(found[limit - 1]))
            if not query.get("labelSelector") and not query.get("fieldSelector"):
                meta["remainingItemCount"] = len(found) - limit
            found = found[:limit]
        return form_of(request).many(target, found, meta)

    async def _watch(self, request: web.Request, target: Target) -> web.StreamResponse:
        query = request.query
        initial = query.get("sendInitialEvents") == "true"
        if initial and query.get("resourceVersionMatch") != "NotOlderThan":
            why = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
            raise _invalid_options(f"resourceVersionMatch: Forbidden: {why}")
        version = _version(query.get("resourceVersion", ""))
        since = None if initial or version == 0 else version
        wish = Wish(
            since=since,
            keep=keep(query, target),
            bookmarks=query.get("allowWatchBookmarks") in ("true", "1"),
            initial_events=initial,
            timeout=number(query, "timeoutSeconds"),
        )
        return await Stream(self._store, target, wish, form_of(request), self._delays).answer(request)


def keep(query: Mapping[str, str], target: Target) -> Callable[[Obj], bool]:
    """Which objects a request is about: namespace, name and both selectors."""
    tests: list[Callable[[Obj], bool]] = []
    if target.namespace is not None:
        tests.append(lambda obj: obj["metadata"].get("namespace") == target.namespace)
    if target.name:
        tests.append(lambda obj: obj["metadata"]["name"] == target.name)
    if query.get("labelSelector"):
        tests.append(selectors.label_selector(query["labelSelector"]))
    if query.get("fieldSelector"):
        tests.append(selectors.field_selector(query["fieldSelector"], target.resource))
    return lambda obj: all(test(obj) for test in tests)


def _version(text: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdigit()):
        raise errors.bad_request(f"Invalid value: {text!r}: strconv.ParseUint: parsing {text!r}: invalid syntax")
    return int(text)


def _check_version(query: Mapping[str, str], newest: int) -> None:
    version, match = _version(query.get("resourceVersion", "")), query.get("resourceVersionMatch", "")
    if match and (match not in MATCHES or not query.get("resourceVersion")):
        why = "resourceVersionMatch is forbidden unless resourceVersion is provided"
        raise _invalid_options(f"resourceVersionMatch: Forbidden: {why}")
    if version > newest:
        details = {"causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]}
        why = f"Too large resource version: {version}, current: {newest}"
        raise errors.ApiError(504, "Timeout", why, {**details, "retryAfterSeconds": 1})


def _invalid_options(why: str) -> errors.ApiError:
    return errors.ApiError(422, "Invalid", f'ListOptions.meta.k8s.io "" is invalid: {why}')


def _continue_token(version: int, last: Key) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([version, last.namespace, last.name])).decode()


def _continue(query: Mapping[str, str]) -> tuple[int, Key] | None:
    """The version a list began at and the last key it gave. Raises ApiError 400."""
    token = query.get("continue")
    if not token:
        return None
    if query.get("resourceVersion") not in (None, "", "0"):
        raise errors.bad_request("specifying resource version is not allowed when using continue")
    try:
        version, namespace, name = orjson.loads(base64.urlsafe_b64decode(token))
    except (ValueError, binascii.Error):
        raise errors.bad_request("continue key is not valid") from None
    return int(version), Key(namespace, name)
