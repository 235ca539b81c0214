"""`junit.xml` as CI systems take it apart."""

from __future__ import annotations

from xml.etree import ElementTree

from kserve_conformance.model import Run
from kserve_conformance.reporting import junit


def properties(element: ElementTree.Element) -> dict[str, str]:
    return {each.attrib["name"]: each.attrib["value"] for each in element.iterfind("properties/property")}


def case(run: Run, name: str) -> ElementTree.Element:
    (found,) = [
        each for each in ElementTree.fromstring(junit.render(run)).iter("testcase") if each.attrib["name"] == name
    ]
    return found


def test_counts_add_up(broken: Run) -> None:
    root = ElementTree.fromstring(junit.render(broken))
    totals = {name: int(root.attrib[name]) for name in ("tests", "failures", "errors", "skipped")}
    assert totals == {"tests": 3, "failures": 1, "errors": 0, "skipped": 1}
    for name, total in totals.items():
        assert sum(int(suite.attrib[name]) for suite in root.iter("testsuite")) == total
    assert [suite.attrib["name"] for suite in root.iter("testsuite")] == ["autoscaling", "lifecycle", "upgrade"]


def test_promise_and_target_are_properties(rehearsed: Run) -> None:
    said = properties(case(rehearsed, "test_first_request_is_answered"))
    assert said["requirement"] == "KC-SCALE-003"
    assert said["level"] == "MUST"
    assert said["promise"] == "The first request to a service at zero is held and answered."
    assert said["rehearsed"] == "true"
    assert said["target"].startswith("EMBEDDED platform, a rehearsal")


def test_every_suite_says_what_was_tested(broken: Run) -> None:
    for suite in ElementTree.fromstring(junit.render(broken)).iter("testsuite"):
        said = properties(suite)
        assert said["rehearsed"] == "false"
        assert said["target"] == "CLUSTER prod-eu at https://prod:6443"
        assert said["verdict"] == "failure"


def test_failure_tells_all(broken: Run) -> None:
    failure = case(broken, "test_first_request_is_answered").find("failure")
    assert failure is not None
    assert failure.attrib["message"].startswith("HTTP 503")
    assert "likely: the activator answers" in (failure.text or "")
    assert "\x1b" not in (failure.text or "")


def test_skip_is_typed(rehearsed: Run) -> None:
    skipped = case(rehearsed, "test_no_request_is_lost").find("skipped")
    assert skipped is not None
    assert skipped.attrib["type"] == "NotSupported"
