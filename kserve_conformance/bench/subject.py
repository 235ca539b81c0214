"""What is measured: one published model, one question to it and the right answer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from kserve_conformance.checks.deadlines import Deadlines
from kserve_conformance.inference.requests import predict_path
from kserve_conformance.inference.sending import JSON, Sender
from kserve_conformance.kube.manifest import Fields
from kserve_conformance.kube.objects import RUN_LABEL
from kserve_conformance.kube.service import Service
from kserve_conformance.kube.waiting import eventually
from kserve_conformance.load.plan import Plan
from kserve_conformance.model import Sample
from kserve_conformance.platform.connected import Platform


@dataclass(frozen=True)
class Subject:
    """`template` is a whole InferenceService; `body` and `golden` are JSON of the V1 protocol."""

    template: Mapping[str, Any]
    body: str
    golden: Mapping[str, Any]

    @classmethod
    def iris(cls, root: Path) -> Subject:
        """The files that the suites use, too."""
        return cls(
            template=yaml.safe_load((root / "manifests/inferenceservices/sklearn-iris.yaml").read_text()),
            body=(root / "fixtures/requests/iris_v1.json").read_text().strip(),
            golden=json.loads((root / "fixtures/golden/iris_v1.json").read_text()),
        )

    @property
    def said(self) -> str:
        instances = len(json.loads(self.body)["instances"])
        return f"{self.template['metadata']['name']}, V1 REST, {instances} instances a request, every answer checked"

    def is_right(self, sample: Sample) -> bool:
        content = sample.json()
        return sample.status == 200 and isinstance(content, dict) and content | dict(self.golden) == content


@dataclass(frozen=True)
class Place:
    """Where services are put and how they are reached."""

    platform: Platform
    namespace: str
    run_id: str
    sender: Sender
    deadlines: Deadlines
    subject: Subject

    @cached_property
    def warm(self) -> Service:
        """One pod that is there from the first load to the last: no scaling is in their figures. It is deployed when
        it is first asked for, and goes with the namespace. Raises BrokenPromise."""
        return self._deploy("bench-warm", min_replicas=1, max_replicas=1)

    @contextmanager
    def deployed(self, name: str, **fields: Any) -> Iterator[Service]:
        """A service that is Ready and has answered right; gone after the block. Raises BrokenPromise."""
        service = self._deploy(name, **fields)
        try:
            yield service
        finally:
            service.delete()

    def all_ready(self, service: Service, count: int) -> None:
        """So many pods, and no others. Raises BrokenPromise."""
        eventually(
            f"{service} to have {count} pods, all ready",
            lambda: (len(service.pods()), len(service.ready_pods())),
            until=lambda pods: pods == (count, count),
            within=self.deadlines.rollout,
        )

    def _deploy(self, name: str, **fields: Any) -> Service:
        said = Fields(template=self.subject.template, **fields)
        labels = {RUN_LABEL: self.run_id}
        service = Service(self.platform.client, said, name=name, namespace=self.namespace, labels=labels)
        service.create()
        try:
            rollout = self.deadlines.rollout
            eventually(f"{service} to be Ready", service.said, until=lambda it: it == "Ready True", within=rollout)
            eventually(
                f"{service} to answer",
                lambda: self.ask(service, service.host),
                until=self.subject.is_right,
                within=self.deadlines.ready_to_answer,
            )
        except BaseException:
            service.delete()
            raise
        return service

    def plan(self, service: Service, **fields: Any) -> Plan:
        """The subject's question to this service through the gateway; `fields` are those of a Plan. Poisson arrivals,
        unless they say otherwise: users who know nothing of each other."""
        address, _, port = self.platform.ingress.address.rpartition(":")
        usual: dict[str, Any] = {
            "name": service.name,
            "address": address,
            "port": int(port),
            "path": predict_path(service),
            "host": service.host,
            "body": self.subject.body,
            "arrivals": "poisson",
            "expected": self.subject.golden,
        }
        return Plan(**{**usual, **fields})

    def ask(self, service: Service, host: str) -> Sample:
        body = self.subject.body.encode()
        return self.sender.send("POST", host, predict_path(service), content=body, headers=JSON)
