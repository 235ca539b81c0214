"""One InferenceService under test: what it says, what it made, and what can be done to it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import urlsplit

from kserve_conformance.kube import inventory, kinds, rollout
from kserve_conformance.kube.client import Client, Kind, Obj
from kserve_conformance.kube.manifest import Fields, inference_service, merge_patch
from kserve_conformance.kube.objects import condition, labels_of, name_of, owners_of, said, uid_of
from kserve_conformance.model import BrokenPromise, Sample

LABEL = "serving.kserve.io/inferenceservice"
PART_LABEL = "component"
REVISION_LABEL = "serving.knative.dev/revision"
BETWEEN_LOOKS = 0.2


@dataclass(frozen=True)
class ModelStatus:
    """`status.modelStatus` (kserve pkg/apis/serving/v1beta1/inference_service_status.go); empty where unset."""

    transition: str
    active: str
    target: str
    reason: str
    message: str
    exit_code: int | None

    def __str__(self) -> str:
        words = f"{self.transition or 'no transition'}, active {self.active or '-'}, target {self.target or '-'}"
        exited = f", exit code {self.exit_code}" if self.exit_code is not None else ""
        return words + (f", {self.reason}{exited}: {self.message[:120]}" if self.reason else "")


@dataclass(frozen=True)
class Address:
    """Of a component that can be asked past its service."""

    host: str
    model_name: str


@dataclass
class Watched:
    """Different numbers of replicas in the order they were seen."""

    seen: list[int] = field(default_factory=list)


class Service:
    """Everything is asked of the API server at the moment of the call; nothing is remembered but what was applied."""

    def __init__(self, client: Client, fields: Fields, *, name: str, namespace: str, labels: dict[str, str]) -> None:
        self.name = name
        self.namespace = namespace
        self.ready_at: float | None = None  # monotonic
        self.client = client
        self._fields = fields
        self._labels = labels
        self._known: set[str] = set()

    def __str__(self) -> str:
        return f"InferenceService {self.namespace}/{self.name}"

    @property
    def model_name(self) -> str:
        """KServe names a model after its service."""
        return self.name

    @property
    def manifest(self) -> Obj:
        return inference_service(self._fields, name=self.name, namespace=self.namespace, labels=self._labels)

    def create(self) -> None:
        self._known.add(uid_of(self.client.create(kinds.INFERENCE_SERVICE, self.manifest)))

    def get(self) -> Obj:
        """The object as stored; an empty one after it was deleted."""
        return self.client.get(kinds.INFERENCE_SERVICE, self.name, self.namespace) or {"metadata": {"name": self.name}}

    # -- what it says

    @property
    def url(self) -> str:
        """status.url. Raises BrokenPromise when there is none."""
        url = (self.get().get("status") or {}).get("url")
        if not url:
            raise BrokenPromise(expected=f"{self} to have a status.url", observed="it has none")
        return str(url)

    @property
    def host(self) -> str:
        """Of its URL, with the port if that has one."""
        return urlsplit(self.url).netloc

    def component(self, name: str) -> Address:
        """Its own URL in the status. Raises BrokenPromise when there is none."""
        components = (self.get().get("status") or {}).get("components") or {}
        url = (components.get(name) or {}).get("url")
        if not url:
            raise BrokenPromise(expected=f"{self} to have a URL of its {name}", observed="it has none")
        return Address(urlsplit(str(url)).netloc, self.model_name)

    def sibling_host(self, prefix: str) -> str:
        """A host of the same domain that belongs to nobody."""
        label, _, domain = self.host.partition(".")
        return f"{prefix}-{label}.{domain}"

    def conditions(self, *types: str) -> dict[str, str]:
        """Type to status; `missing` where there is no such condition."""
        found = self.get()
        return {each: str(condition(found, each).get("status", "missing")) for each in types}

    def said(self, kind: str = "Ready") -> str:
        return said(self.get(), kind)

    def lacks(self) -> str:
        """The first condition that is not True yet, in words; empty once the service and each of its parts are ready.

        Ready itself may be True before: it sums up the predictor and the ingress alone
        (kserve pkg/apis/serving/v1beta1/inference_service_status.go, `conditionSet`).
        """
        found = self.get()
        parts = [
            f"{part.capitalize()}Ready" for part in ("transformer", "explainer") if part in (found.get("spec") or {})
        ]
        lacking = (each for each in ("Ready", *parts) if condition(found, each).get("status") != "True")
        return next((said(found, each) for each in lacking), "")

    def model_status(self) -> ModelStatus:
        found: dict[str, Any] = (self.get().get("status") or {}).get("modelStatus") or {}
        states, failure = found.get("states") or {}, found.get("lastFailureInfo") or {}
        return ModelStatus(
            transition=found.get("transitionStatus", ""),
            active=states.get("activeModelState", ""),
            target=states.get("targetModelState", ""),
            reason=failure.get("reason", ""),
            message=failure.get("message", ""),
            exit_code=failure.get("exitCode"),
        )

    def rollout(self) -> rollout.Rollout:
        return rollout.of(self.get())

    def event_reasons(self) -> list[str]:
        """Of events about this object, not about another of the same name before it."""
        uid = uid_of(self.get())
        events = self.client.list(kinds.EVENT, self.namespace)
        return [each.get("reason", "") for each in events if each["involvedObject"].get("uid") == uid]

    def warnings(self) -> str:
        """What the warning events about this object say, a line each."""
        uid = uid_of(self.get())
        events = self.client.list(kinds.EVENT, self.namespace)
        mine = (each for each in events if each["involvedObject"].get("uid") == uid and each.get("type") == "Warning")
        return "\n".join(f"{each.get('reason')}: {each.get('message')}" for each in mine)

    def seconds_since_ready(self, sample: Sample) -> float:
        """From the moment Ready was seen to the end of this request."""
        return sample.done - self.ready_at if self.ready_at is not None else float("nan")

    # -- what it made

    def generation(self) -> int:
        return int(self.get()["metadata"].get("generation", 0))

    def exists(self) -> bool:
        return self.client.get(kinds.INFERENCE_SERVICE, self.name, self.namespace) is not None

    def _labelled(self, kind: Kind, revision: str = "") -> list[Obj]:
        of_revision = {REVISION_LABEL: revision} if revision else {}
        return self.client.list(kind, self.namespace, {LABEL: self.name, **of_revision})

    def pods(self, revision: str = "") -> list[str]:
        """Names of all that exist, those on their way out too; of one revision, if it is named."""
        return [name_of(each) for each in self._labelled(kinds.POD, revision)]

    def ready_pods(self, revision: str = "") -> list[str]:
        """Names of those that are ready and stay; of one revision, if it is named."""
        pods = self._labelled(kinds.POD, revision)
        return [
            name_of(each)
            for each in pods
            if condition(each, "Ready").get("status") == "True" and "deletionTimestamp" not in each["metadata"]
        ]

    def of_pods(self, part: Literal["labels", "annotations"]) -> list[dict[str, str]]:
        return [each["metadata"].get(part) or {} for each in self._labelled(kinds.POD)]

    def restarts(self) -> int:
        """Of all containers of all pods."""
        statuses = (each.get("status", {}).get("containerStatuses") or () for each in self._labelled(kinds.POD))
        return sum(container["restartCount"] for pod in statuses for container in pod)

    def failed_containers(self) -> list[str]:
        """Names of those, init containers too, that have ended with an error at least once."""
        found = []
        for pod in self._labelled(kinds.POD):
            status = pod.get("status") or {}
            for each in [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]:
                ends = (each.get(when, {}).get("terminated") or {} for when in ("state", "lastState"))
                if any(end.get("exitCode") for end in ends):
                    found.append(str(each["name"]))
        return found

    def knative_names(self) -> dict[str, str]:
        """Of what a pod that is ready belongs to, by the variables in which a container is told them."""
        names = {"K_SERVICE": "service", "K_CONFIGURATION": "configuration", "K_REVISION": "revision"}
        pods = {name_of(each): labels_of(each) for each in self._labelled(kinds.POD)}
        labels = next((pods[name] for name in self.ready_pods() if name in pods), {})
        return {variable: labels.get(f"serving.knative.dev/{name}", "") for variable, name in names.items()}

    def revisions(self) -> list[str]:
        return sorted(name_of(each) for each in self._labelled(kinds.REVISION))

    def wanted_replicas(self, *, of: str = "") -> int:
        """What the Deployments of all revisions ask for, or those of one part: what the autoscaler decided."""
        deployments = self._labelled(kinds.DEPLOYMENT)
        return sum(
            each["spec"].get("replicas", 1) for each in deployments if not of or labels_of(each).get(PART_LABEL) == of
        )

    def children(self) -> list[str]:
        """`Kind/name` of every object that this service led to, also after the object that owned it has gone."""
        return sorted(f"{kind.name}/{name_of(each)}" for kind, each in self._mine(self._everything()))

    def kinds_made(self) -> set[str]:
        """Of its children, as kubectl takes them: `deployments.apps`."""
        return {f"{kind.plural}.{kind.group}".rstrip(".") for kind, _ in self._mine(self._everything())}

    def bounds(self) -> tuple[int, int]:
        """Least and most replicas of its HorizontalPodAutoscaler. Raises BrokenPromise when there is not one."""
        found = self._labelled(kinds.HORIZONTAL_POD_AUTOSCALER)
        if len(found) != 1:
            raise BrokenPromise(expected=f"{self} to have one HorizontalPodAutoscaler", observed=f"{len(found)}")
        return int(found[0]["spec"].get("minReplicas", 1)), int(found[0]["spec"]["maxReplicas"])

    def _everything(self) -> list[tuple[Kind, Obj]]:
        """Of the kinds that services lead to, in its namespace."""
        return list(inventory.objects(self.client, kinds.MADE_FOR_A_SERVICE, self.namespace))

    def _mine(self, found: list[tuple[Kind, Obj]]) -> Iterator[tuple[Kind, Obj]]:
        """By label or by owner, however long the chain; what was once known stays known."""
        self._known |= {uid_of(each) for _, each in found if labels_of(each).get(LABEL) == self.name}
        return inventory.owned(found, self._known)

    def owns(self, pod: str) -> bool:
        """Whether the pod leads back to this object through owner references alone."""
        wanted = uid_of(self.get())
        everything = {uid_of(each): each for _, each in self._everything()}
        found = self.client.get(kinds.POD, pod, self.namespace)
        owners = set(owners_of(found)) if found else set()
        seen: set[str] = set()
        while owners:
            if wanted in owners:
                return True
            seen |= owners
            owners = {uid for each in owners if each in everything for uid in owners_of(everything[each])} - seen
        return False

    # -- what can be done to it

    def update(self, **fields: Any) -> None:
        """Says these fields anew; returns when the API server has taken the change."""
        before = self.manifest
        self._fields = replace(self._fields, **fields)
        self.client.patch(kinds.INFERENCE_SERVICE, self.name, self.namespace, merge_patch(before, self.manifest))

    def try_update(self, **fields: Any) -> Obj:
        """The whole manifest with these fields said anew, as a dry run; the object as it would be stored."""
        wanted = inference_service(
            replace(self._fields, **fields), name=self.name, namespace=self.namespace, labels=self._labels
        )
        return self.client.patch(kinds.INFERENCE_SERVICE, self.name, self.namespace, wanted, dry_run=True)

    def apply_again(self) -> None:
        """The same words once more."""
        self.client.patch(kinds.INFERENCE_SERVICE, self.name, self.namespace, self.manifest)

    def create_again(self, **fields: Any) -> None:
        """After it was deleted, with these fields said anew."""
        self._fields = replace(self._fields, **fields)
        self.ready_at = None
        self.create()

    def delete(self) -> None:
        self.client.delete(kinds.INFERENCE_SERVICE, self.name, self.namespace)

    def delete_pod(self, *, grace: int | None = None) -> str:
        """One of those that are ready; its name. Raises BrokenPromise when there is none."""
        pods = self.ready_pods()
        if not pods:
            raise BrokenPromise(expected=f"{self} to have a pod that is ready", observed="it has none")
        self.client.delete(kinds.POD, pods[0], self.namespace, grace=grace)
        return pods[0]

    @contextmanager
    def watch_replicas(self) -> Iterator[Watched]:
        """Notes every number of wanted replicas seen while the block lasts."""
        watched, over = Watched(), threading.Event()

        def look() -> None:
            while not over.wait(BETWEEN_LOOKS):
                wanted = self.wanted_replicas()
                if not watched.seen or watched.seen[-1] != wanted:
                    watched.seen.append(wanted)

        looking = threading.Thread(target=look, daemon=True)
        looking.start()
        try:
            yield watched
        finally:
            over.set()
            looking.join()

    def mark_ready(self) -> None:
        self.ready_at = time.monotonic()
