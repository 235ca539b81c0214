"""Facts about models and what protects them."""

from __future__ import annotations

from kserve_conformance.checks.expect.answers import answered, broken
from kserve_conformance.kube.leaks import Leaks
from kserve_conformance.model import BrokenPromise, Sample


def serves_model(sample: Sample, model: str) -> None:
    """The model server says what the storage initializer has fetched for it."""
    answered(sample)
    content = sample.json()
    found = content.get("model") if isinstance(content, dict) else None
    if found != model:
        broken(
            sample,
            f"{model!r} to be served",
            f"{found!r} is",
            likely="the storage initializer, or a cache of models before it, fetched another than the uri says",
        )


def kept_secret(leaks: Leaks, *, pods: int) -> None:
    """Nobody but the Secret holds it; so many pods at least were looked at."""
    if leaks.pods < pods:
        raise BrokenPromise(expected=f"at least {pods} pods to look at", observed=str(leaks.pods))
    if leaks.places:
        raise BrokenPromise(
            expected="the secret to be readable in no object, event or log",
            observed=", ".join(leaks.places),
            likely="what gives the storage initializer its credentials copies their values instead of a reference",
        )


def names_uri(message: str, uri: str) -> None:
    """What a service says about its failure has the uri in it, or nobody finds the mistake."""
    if uri not in message:
        raise BrokenPromise(
            expected=f"the failure to name {uri}",
            observed=message or "nothing is said",
            likely="the controller does not pass on what the storage initializer said",
        )
