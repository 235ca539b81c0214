"""The Kubernetes API over TLS: authentication, paths, and who answers them."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
import re
import ssl
from typing import Protocol

from aiohttp import web

from kserve_conformance.embedded import errors
from kserve_conformance.embedded.apiserver import answers, bodies, discovery, logs, reviews, scale, tls
from kserve_conformance.embedded.apiserver.crds import Definitions
from kserve_conformance.embedded.apiserver.endpoint_slices import EndpointSlices
from kserve_conformance.embedded.apiserver.gc import GarbageCollector
from kserve_conformance.embedded.apiserver.namespaces import NamespaceContents
from kserve_conformance.embedded.apiserver.openapi import OpenApi
from kserve_conformance.embedded.apiserver.reading import Reader
from kserve_conformance.embedded.apiserver.routing import Target, nothing_here, resolve
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.apiserver.streaming import port_forward, proxy, remote_command
from kserve_conformance.embedded.apiserver.streaming.commands import Node
from kserve_conformance.embedded.apiserver.volumes import VolumeBinder
from kserve_conformance.embedded.apiserver.writing import Writer
from kserve_conformance.embedded.errors import ApiError
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.objects import Obj
from kserve_conformance.embedded.settings import Settings

log = logging.getLogger(__name__)

PROTOBUF_ASKED = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
PROTOBUF_ANSWERED = PROTOBUF_ASKED.replace("@", ".")
OPEN_TO_ALL = ("/healthz", "/readyz", "/livez", "/version")  # ClusterRole system:public-info-viewer
LARGEST_BODY = 3 * 1024 * 1024  # apiserver's limit for a request body
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
KEEP_ALIVE = 3600.0  # clients close idle connections; a server that does so first breaks their next write


class Versioned(Protocol):
    """What the server needs to know of the emulated stack."""

    @property
    def kubernetes(self) -> str:
        """The git version a client is told."""


class ApiServer:
    """Serves one store on loopback; `start` writes the kubeconfig that leads here."""

    def __init__(self, store: Store, settings: Settings, stack: Versioned, faults: Faults, node: Node) -> None:
        self._store = store
        self._settings = settings
        self._stack = stack
        self._faults = faults
        self._node = node
        self._reader = Reader(store, settings.delays)
        self._writer = Writer(store, settings.stack, lambda *_: [], faults)
        self._runner: web.AppRunner | None = None
        self._collector: asyncio.Task[None] | None = None
        self._openapi = OpenApi(store.registry, settings.stack, lambda _: None)
        self._token = b""
        self.port = settings.api_port

    async def start(self) -> None:
        """Raises OSError when the port is taken. With `api_port` 0 the system chooses one, found in `port`."""
        credentials = tls.issue(self._settings.run_dir)
        self._token = f"Bearer {credentials.token}".encode()
        definitions = Definitions(self._store)
        self._openapi = OpenApi(self._store.registry, self._settings.stack, definitions.schema)
        self._writer = Writer(self._store, self._settings.stack, definitions.conform, self._faults)
        EndpointSlices(self._store)
        VolumeBinder(self._store, self._settings.run_dir / "volumes")
        NamespaceContents(self._store, credentials.certificate.read_text())
        self._collector = asyncio.create_task(GarbageCollector(self._store, self._settings.delays).run())
        app = web.Application(client_max_size=LARGEST_BODY)
        app.router.add_route("*", "/{path:.*}", self._handle)
        # A client that goes away takes its watch with it: without cancellation it would stay until it has to write.
        self._runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, keepalive_timeout=KEEP_ALIVE, shutdown_timeout=0.1
        )
        await self._runner.setup()
        context: ssl.SSLContext = credentials.server_context()
        await web.TCPSite(self._runner, "127.0.0.1", self._settings.api_port, ssl_context=context).start()
        self.port = self._runner.addresses[0][1]
        tls.write_kubeconfig(self._settings.kubeconfig, credentials, port=self.port)

    async def stop(self) -> None:
        if self._collector is not None:
            self._collector.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._collector
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        try:
            if request.path not in OPEN_TO_ALL:
                self._authenticate(request)
            return self._fixed(request) or await self._dynamic(request)
        except ApiError as error:
            return answers.failure(error)
        except ConnectionError:
            raise
        except Exception as error:
            # Objects are free JSON: one of an unexpected shape must not show a client how this server is made.
            log.exception("%s %s", request.method, request.path)
            return answers.failure(ApiError(500, "InternalError", f"Internal error occurred: {error!r}"))

    def _authenticate(self, request: web.Request) -> None:
        """Raises ApiError 401."""
        sent = request.headers.get("Authorization", "").encode(errors="replace")
        if not hmac.compare_digest(sent, self._token):
            raise ApiError(401, "Unauthorized", "Unauthorized")

    def _fixed(self, request: web.Request) -> web.Response | None:
        """Everything that is not an object: health, version, discovery, OpenAPI."""
        path, registry = request.path.rstrip("/") or "/", self._store.registry
        if path.startswith(OPEN_TO_ALL[:3]):
            return web.Response(text="ok")
        if path == "/version":
            return answers.json(_version(self._stack.kubernetes))
        if path == "/embedded/faults":
            fired = [
                {"knob": knob, "namespace": namespace, "fired": count}
                for (knob, namespace), count in self._faults.fired.items()
            ]
            return answers.json(fired)
        if path in ("/api", "/apis"):
            core = path == "/api"
            if "APIGroupDiscoveryList" in request.headers.get("Accept", "") and "v=v2" in request.headers["Accept"]:
                return answers.json(discovery.aggregated(registry, core=core), content_type=AGGREGATED)
            return answers.json(discovery.CORE_VERSIONS if core else discovery.group_list(registry))
        if path == "/openapi/v2":
            # kubectl asks in protobuf, of kinds that version 3 does not know, and reads no JSON. No bytes are a
            # document without any kind, so it goes on to say what it says on a cluster: no matches for kind.
            if request.headers.get("Accept") == PROTOBUF_ASKED:
                return web.Response(body=b"", content_type=PROTOBUF_ANSWERED)
            return answers.json(self._openapi.swagger(self._stack.kubernetes))
        if path.startswith("/openapi/v3"):
            wanted = path.removeprefix("/openapi/v3").strip("/")
            if not wanted:
                return answers.json(self._openapi.index())
            document = self._openapi.document(wanted)
            if document is None:
                raise nothing_here()
            return web.Response(body=document, content_type="application/json")
        parts = path.strip("/").split("/")
        if parts[0] == "api" and len(parts) == 2:
            return _or_nothing(discovery.resource_list(registry, "", parts[1]))
        if parts[0] == "apis" and len(parts) == 2:
            return _or_nothing(discovery.group(registry, parts[1]))
        if parts[0] == "apis" and len(parts) == 3:
            return _or_nothing(discovery.resource_list(registry, parts[1], parts[2]))
        return None

    async def _dynamic(self, request: web.Request) -> web.StreamResponse:
        if request.method == "POST" and request.path.startswith("/apis/auth"):
            review = reviews.answer(request.path, await bodies.read(request) or {})
            if review is not None:
                return answers.json(review, status=201)
        path, rest = proxy.divided(request.path)
        target = resolve(self._store.registry, path)
        if target.subresource == "proxy":
            return await proxy.answer(request, target, rest, self._store)
        if target.subresource in ("log", "scale", "eviction", "portforward", "exec", "attach"):
            return await self._subresource(request, target)
        match request.method, bool(target.name):
            case "GET" | "HEAD", _:
                return await self._reader.answer(request, target)
            case "POST", False:
                return await self._writer.create(request, target)
            case "PUT", True:
                return await self._writer.replace(request, target)
            case "PATCH", True:
                return await self._writer.patch(request, target)
            case "DELETE", _ if not target.subresource:
                return await self._writer.delete(request, target)
        raise _not_allowed()

    async def _subresource(self, request: web.Request, target: Target) -> web.StreamResponse:
        if target.subresource == "scale":
            return await scale.answer(self._store, request, target)
        pod = self._store.get(target.resource, target.place, target.name)
        if target.subresource == "log" and request.method == "GET":
            return await logs.answer(request, pod, self._node)
        if target.subresource == "portforward" and request.method in ("GET", "POST"):
            return await port_forward.answer(request, pod)
        if target.subresource == "exec" and request.method in ("GET", "POST"):
            return await remote_command.execute(request, pod, self._node)
        if target.subresource == "attach" and request.method in ("GET", "POST"):
            return await remote_command.attach(request, pod, self._node)
        if target.subresource == "eviction" and request.method == "POST":
            self._store.delete(target.resource, target.place, target.name)
            return answers.json({"kind": "Status", "apiVersion": "v1", "status": "Success", "code": 201}, status=201)
        raise _not_allowed()


def _or_nothing(document: Obj | None) -> web.Response:
    if document is None:
        raise nothing_here()
    return answers.json(document)


def _not_allowed() -> errors.ApiError:
    why = "the server does not allow this method on the requested resource"
    return ApiError(405, "MethodNotAllowed", why)


def _version(git_version: str) -> Obj:
    major, minor = re.findall(r"\d+", git_version)[:2]
    return {
        "major": major,
        "minor": minor,
        "gitVersion": git_version,
        "gitCommit": "",
        "gitTreeState": "clean",
        "buildDate": "",
        "goVersion": "",
        "compiler": "",
        "platform": "embedded/python",
    }
