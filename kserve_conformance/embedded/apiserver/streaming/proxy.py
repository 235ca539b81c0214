"""HTTP to pods and Services by way of the API server.

kubernetes pkg/registry/core/{pod/strategy.go,service/storage/storage.go} ResourceLocation, apimachinery
pkg/util/net SplitSchemeNamePort.
"""

from __future__ import annotations

import os
import random
import re

import aiohttp
from aiohttp import web
from yarl import URL

from kserve_conformance.embedded import errors
from kserve_conformance.embedded.apiserver.resources import ENDPOINTS, PODS
from kserve_conformance.embedded.apiserver.routing import Target
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.objects import Obj

PROXIED = re.compile(r"(/api/v1/namespaces/[^/]+/(?:pods|services)/[^/]+/proxy)(/.*)?")
# Of the connection and not of the request; and who asked is between the client and the API server.
NOT_PASSED_ON = {
    *("connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "host", "authorization"),
    *("content-length", "proxy-connection"),
}
READ_AT_ONCE = 1 << 16


def divided(path: str) -> tuple[str, str]:
    """The resource's own path, and what is asked of the proxied one."""
    match = PROXIED.fullmatch(path)
    return (match[1], match[2] or "/") if match else (path, "")


async def answer(request: web.Request, target: Target, path: str, store: Store) -> web.StreamResponse:
    """Raises ApiError 400, 404 or 503."""
    scheme, name, port = _scheme_name_port(target.name)
    where = _of_pod if target.resource is PODS else _of_service
    host, number = where(store, store.get(target.resource, target.place, name), port)
    url = URL.build(scheme=scheme, host=host, port=number, path=path, query_string=request.query_string)
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=30)
    async with aiohttp.ClientSession(auto_decompress=False, timeout=timeout) as session:
        try:
            upstream = await session.request(
                request.method,
                url,
                headers=[each for each in request.headers.items() if each[0].lower() not in NOT_PASSED_ON],
                data=request.content if request.body_exists else None,
                allow_redirects=False,
                ssl=False,
            )
        except aiohttp.ClientConnectorError as error:
            reason = os.strerror(error.errno or 0).lower()
            raise _unavailable(f"dial tcp {host}:{number}: connect: {reason}") from None
        except aiohttp.ClientError as error:
            raise _unavailable(str(error)) from None
        async with upstream:
            response = web.StreamResponse(status=upstream.status, reason=upstream.reason)
            for each in upstream.headers.items():
                if each[0].lower() not in NOT_PASSED_ON:
                    response.headers.add(*each)
            response.content_length = upstream.content_length
            await response.prepare(request)
            async for data in upstream.content.iter_chunked(READ_AT_ONCE):
                await response.write(data)
            return response


def _scheme_name_port(text: str) -> tuple[str, str, str]:
    """`name`, `name:port` or `scheme:name:port`. Raises ApiError 400."""
    parts = text.split(":")
    if len(parts) == 1:
        return "http", text, ""
    if len(parts) == 2:
        return "http", parts[0], parts[1]
    if len(parts) == 3 and parts[0] in ("", "http", "https"):
        return parts[0] or "http", parts[1], parts[2]
    raise errors.bad_request(f'invalid request name "{text}"')


def _of_pod(_: Store, pod: Obj, port: str) -> tuple[str, int]:
    address = (pod.get("status") or {}).get("podIP")
    if not address:
        raise errors.bad_request("address not allowed")
    ports = [each for container in pod["spec"]["containers"] for each in container.get("ports") or ()]
    if not port:
        return address, ports[0]["containerPort"] if ports else 80
    if not port.isdigit():
        named = next((each["containerPort"] for each in ports if each.get("name") == port), None)
        if named is None:
            raise errors.bad_request(f'invalid port "{port}"')
        return address, named
    return address, int(port)


def _of_service(store: Store, service: Obj, port: str) -> tuple[str, int]:
    """A ready endpoint of the port with that name or number; the first port when none is said."""
    meta, ports = service["metadata"], service["spec"].get("ports") or []
    chosen = [each for each in ports if port in (each.get("name", ""), str(each["port"]))] if port else ports[:1]
    if not chosen:
        raise _unavailable_service(f'no service port "{port}" found for service "{meta["name"]}"')
    name = chosen[0].get("name", "")
    found = store.find(ENDPOINTS, meta["namespace"], meta["name"]) or {}
    ends = [
        (address["ip"], int(each["port"]))
        for subset in found.get("subsets") or ()
        for each in subset.get("ports") or ()
        if each.get("name", "") == name
        for address in subset.get("addresses") or ()
    ]
    if not ends:
        raise _unavailable_service(f'no endpoints available for service "{meta["name"]}"')
    return random.choice(ends)


def _unavailable(why: str) -> errors.ApiError:
    return _unavailable_service(f"error trying to reach service: {why}")


def _unavailable_service(why: str) -> errors.ApiError:
    return errors.ApiError(503, "ServiceUnavailable", why)
