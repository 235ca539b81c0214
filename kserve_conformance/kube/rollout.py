"""What a service's status says about its revisions and who gets which share of the requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from kserve_conformance.kube.client import Obj
from kserve_conformance.kube.objects import condition


@dataclass(frozen=True)
class Rollout:
    """`status.components.predictor` (kserve pkg/apis/serving/v1beta1/inference_service_status.go); empty where unset.

    `shares` are percentages by revision, `hosts` the hosts of tags; `settled` when the gateway has all of it.
    """

    created: str
    ready: str
    rolled_out: str
    previous: str
    shares: Mapping[str, int]
    hosts: Mapping[str, str]
    settled: bool

    def __str__(self) -> str:
        shares = ", ".join(f"{percent} % to {name}" for name, percent in self.shares.items()) or "no traffic"
        state = "settled" if self.settled else "not settled"
        return f"{shares}; newest {self.created or '-'}, ready {self.ready or '-'}, {state}"

    def gives_newest(self, percent: int) -> bool:
        """Whether the newest revision is ready and has that share, and the gateway knows."""
        return self.settled and self.ready == self.created and self.shares.get(self.created, 0) == percent


def of(service: Obj) -> Rollout:
    found = ((service.get("status") or {}).get("components") or {}).get("predictor") or {}
    shares: dict[str, int] = {}
    for each in found.get("traffic") or ():
        shares[each["revisionName"]] = shares.get(each["revisionName"], 0) + (each.get("percent") or 0)
    return Rollout(
        created=found.get("latestCreatedRevision", ""),
        ready=found.get("latestReadyRevision", ""),
        rolled_out=found.get("latestRolledoutRevision", ""),
        previous=found.get("previousRolledoutRevision", ""),
        shares={name: percent for name, percent in shares.items() if percent},
        hosts={each["tag"]: urlsplit(each["url"]).netloc for each in found.get("traffic") or () if each.get("url")},
        settled=condition(service, "PredictorReady").get("status") == "True",
    )
