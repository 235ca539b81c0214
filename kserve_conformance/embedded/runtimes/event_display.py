"""Knative's event display: prints every CloudEvent that is posted to it (knative eventing cmd/event_display)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from aiohttp import web

PORT = 8080
ATTRIBUTES = ("specversion", "type", "source", "subject", "id", "time", "dataschema", "datacontenttype")


def main(_: list[str]) -> None:
    application = web.Application(client_max_size=1 << 30)
    application.router.add_route("*", "/{path:.*}", _receive)
    web.run_app(application, host="0.0.0.0", port=PORT, print=None, access_log=None)


async def _receive(request: web.Request) -> web.Response:
    """In binary mode attributes are headers; what has none is no event."""
    found = {name[3:].lower(): text for name, text in request.headers.items() if name.lower().startswith("ce-")}
    if "specversion" not in found:
        return web.Response(status=400)
    if "Content-Type" in request.headers:
        found["datacontenttype"] = request.headers["Content-Type"]
    body = await request.text()
    print("☁️  cloudevents.Event", *_lines(found, body), sep="\n", flush=True)
    return web.Response()


def _lines(attributes: Mapping[str, str], body: str) -> Iterator[str]:
    yield "Context Attributes,"
    for name in ATTRIBUTES:
        if name in attributes:
            yield f"  {name}: {attributes[name]}"
    extensions = sorted(set(attributes) - set(ATTRIBUTES))
    if extensions:
        yield "Extensions,"
    for name in extensions:
        yield f"  {name}: {attributes[name]}"
    if body:
        yield "Data,"
        yield from (f"  {line}" for line in _pretty(body, attributes.get("datacontenttype", "")).splitlines())


def _pretty(body: str, content_type: str) -> str:
    if content_type.partition(";")[0].strip() not in ("application/json", "text/json"):
        return body
    try:
        return json.dumps(json.loads(body), indent=2)
    except ValueError:
        return body
