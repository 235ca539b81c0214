"""Facts about the way a request took: hosts, headers, and how often it arrived."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kserve_conformance.checks.expect.answers import answered, broken
from kserve_conformance.model import BrokenPromise, Sample

CLUSTER_LOCAL = ".svc.cluster.local"
DROPPED = "a proxy on the way drops or changes this header: the gateway or its route"


def public_host(host: str) -> None:
    """Not one of the cluster's own names, which no gateway serves to the outside."""
    if host.partition(":")[0].endswith(CLUSTER_LOCAL):
        raise BrokenPromise(
            expected="a host in a public domain",
            observed=host,
            likely="the service's route got the cluster-local domain: config-domain names no other",
            next="kubectl get configmap -n knative-serving config-domain -o yaml",
        )


def executed_once(sent: Sequence[Sample], *, before: Sample, after: Sample, at_least: int) -> None:
    """As often as it was sent, by the model's own count before and afterwards; and so many were sent and arrived."""
    arrived = [each for each in sent if isinstance(each.json(), dict) and "seen" in each.json()]
    if len(arrived) < at_least:
        lost = next((each for each in sent if each not in arrived), after)
        said = f"{len(arrived)}; one that it did not: {lost}"
        broken(lost, f"at least {at_least} requests that the model answers", said)
    answered(before)
    answered(after)
    seen = int(after.json()["seen"]) - int(before.json()["seen"])
    if seen != len(sent):
        broken(
            arrived[0],
            f"the model to see each of {len(sent)} requests once",
            f"it saw {seen}",
            likely="a proxy on the way sends requests again: the gateway's route, by default or by its retry policy",
        )


def header_seen(sample: Sample, name: str, value: str) -> None:
    """By the model, which tells the headers it got."""
    found = _header(sample, name)
    if found != value:
        broken(sample, f"the model to get {name}: {value}", f"it got {found!r}", likely=DROPPED)


def variables_seen(sample: Sample, **variables: str) -> None:
    """By the model, which tells those of its environment that are Knative's."""
    answered(sample)
    content = sample.json()
    told = content.get("variables") if isinstance(content, dict) else None
    found = {name: told.get(name) for name in variables} if isinstance(told, dict) else told
    if found != variables:
        broken(
            sample, f"the model's variables {variables}", f"{found}", likely="the revision's container is not told so"
        )


def answer_header(sample: Sample, name: str, value: str) -> None:
    """The client got it with its answer."""
    answered(sample)
    found = sample.headers.get(name)
    if found != value:
        broken(sample, f"an answer with {name}: {value}", f"it has {found!r}", likely=DROPPED)


def came_in_pieces(sample: Sample) -> None:
    """The first piece came before the last was made: the client had it when it asked for the last."""
    answered(sample)
    if sample.body != b"first\nasked for\n":
        broken(
            sample,
            "the first piece of an answer before the last is made",
            likely="the gateway, the activator or a queue proxy keeps the answer until it is whole",
        )


def trace_seen(sample: Sample, trace_id: str) -> None:
    """By the model, in the W3C trace context; a proxy on the way may be a span of its own in the same trace."""
    found = _header(sample, "traceparent")
    if trace_id not in (found or ""):
        broken(sample, f"the model to get a traceparent of trace {trace_id}", f"it got {found!r}", likely=DROPPED)


def _header(sample: Sample, name: str) -> str | None:
    answered(sample)
    content = sample.json()
    told = content.get("headers") if isinstance(content, dict) else None
    if not isinstance(told, dict):
        broken(sample, "the model to tell the headers it got")
    return {key.lower(): text for key, text in told.items()}.get(name.lower())


def counted(before: Sample, after: Sample, *, metric: str, more: int) -> None:
    """The sum of all series of a Prometheus metric grew by exactly so much."""
    answered(before)
    answered(after)
    grown = (_sum(after, metric) or 0.0) - (_sum(before, metric) or 0.0)
    if _sum(after, metric) is None or grown != more:
        broken(
            after,
            f"{metric} to have grown by {more}",
            "there is no such metric" if _sum(after, metric) is None else f"it grew by {grown:g}",
            likely="the model server does not count, or somebody else answers for its metrics",
        )


def _sum(sample: Sample, metric: str) -> float | None:
    """None when there is no such series."""
    series = rf"^{re.escape(metric)}(?:\{{.*\}})? (\S+)$"
    lines = re.findall(series, sample.body.decode("utf-8", "replace"), re.MULTILINE)
    return sum(map(float, lines)) if lines else None
