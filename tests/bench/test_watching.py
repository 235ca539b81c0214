"""What arrives on a watch: documents in parts of any size, and an end at any moment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

import pytest
from urllib3.exceptions import ProtocolError

from kserve_conformance.kube import kinds, watching
from kserve_conformance.kube.watching import Change, Watched


class Stream:
    def __init__(self, *parts: bytes) -> None:
        self.parts = parts

    def stream(self, amt: int | None) -> Iterator[bytes]:
        assert amt is None  # a number would hold events back until so many bytes are there
        yield from self.parts
        raise ProtocolError("Response ended prematurely")


def event(kind: str, name: str) -> bytes:
    return json.dumps({"type": kind, "object": {"metadata": {"name": name}}}).encode() + b"\n"


def seen(*parts: bytes) -> list[tuple[str, str]]:
    watched = Watched()
    watching._read(cast(Any, Stream(*parts)), kinds.POD, watched)
    return [(each.type, each.obj["metadata"]["name"]) for each in watched.changes]


def test_documents_are_put_together_and_taken_apart() -> None:
    both = event("ADDED", "a") + event("MODIFIED", "b")
    assert seen(both[:30], both[30:50], both[50:]) == seen(both) == [("ADDED", "a"), ("MODIFIED", "b")]


def test_what_is_no_change_is_left_out() -> None:
    assert seen(event("BOOKMARK", "x") + event("DELETED", "a") + event("ERROR", "y")) == [("DELETED", "a")]


def test_half_a_document_at_the_end_is_no_change() -> None:
    assert seen(event("ADDED", "a") + event("ADDED", "b")[:20]) == [("ADDED", "a")]


def test_waiting_ends_when_it_is_there_or_too_late() -> None:
    watched = Watched()
    assert not watched.wait(bool, within=0.01)
    watching._read(cast(Any, Stream(event("ADDED", "a"))), kinds.POD, watched)
    assert watched.wait(bool, within=0.01)


def change(type_: str, uid: str, version: str) -> Change:
    return Change(0.0, kinds.POD, type_, {"metadata": {"uid": uid, "resourceVersion": version}})


@pytest.mark.parametrize(
    ("changes", "now", "complete"),
    [
        ([], {"a": "1"}, True),
        ([], {"a": "2"}, False),
        ([change("MODIFIED", "a", "2")], {"a": "2"}, True),
        ([change("MODIFIED", "a", "2")], {"a": "3"}, False),
        ([change("MODIFIED", "a", "2"), change("MODIFIED", "a", "3")], {"a": "2"}, True),
        ([], {"a": "1", "b": "2"}, False),
        ([change("ADDED", "b", "2")], {"a": "1", "b": "2"}, True),
        ([], {}, False),
        ([change("DELETED", "a", "2")], {}, True),
    ],
)
def test_a_watch_is_complete_when_it_leads_to_what_is_stored(
    changes: list[Change], now: dict[str, str], complete: bool
) -> None:
    assert watching._complete(kinds.POD, {"a": "1"}, now, changes) is complete
