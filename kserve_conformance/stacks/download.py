"""Published manifests by content: fetched once, kept by their SHA-256, never used when the bytes differ."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import httpx

from kserve_conformance.stacks.steps import StackError

ATTEMPTS = 3
PAUSE = 5.0  # seconds; a download site that is busy is still busy at once


def fetch(url: str, *, sha256: str, cache: Path, pause: Callable[[float], None]) -> Path:
    """The local copy. Raises StackError when it cannot be had or has other bytes than pinned."""
    kept = cache / f"{sha256}.yaml"
    if kept.exists():
        return kept
    content = _download(url, pause)
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise StackError(
            f"{url}\n  has SHA-256 {found}\n  pinned is    {sha256}\n  do not install it; report the difference"
        )
    cache.mkdir(parents=True, exist_ok=True)
    partial = kept.with_suffix(".partial")
    partial.write_bytes(content)
    partial.rename(kept)
    return kept


def _download(url: str, pause: Callable[[float], None]) -> bytes:
    failure = ""
    for attempt in range(ATTEMPTS):
        if attempt:
            pause(PAUSE)
        try:
            answer = httpx.get(url, follow_redirects=True, timeout=60)
        except httpx.HTTPError as error:
            failure = f"{type(error).__name__}: {error}"
            continue
        if answer.status_code == httpx.codes.OK:
            return answer.content
        failure = f"HTTP {answer.status_code}"
    raise StackError(f"{url}\n  could not be downloaded in {ATTEMPTS} attempts: {failure}")
