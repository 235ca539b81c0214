"""`junit.xml` in the form CI systems read; what they have no element for goes into properties."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree import ElementTree

from kserve_conformance.model import Run, TestResult
from kserve_conformance.reporting import words


def render(run: Run) -> str:
    root = ElementTree.Element("testsuites", _totals(run.results, name="kserve-conformance"))
    # A run without tests still says what it was.
    for area, results in (words.by_area(run.results) or {run.verdict: []}).items():
        suite = ElementTree.SubElement(root, "testsuite", _totals(tuple(results), name=area))
        suite.set("timestamp", run.started)
        _properties(
            suite,
            {
                "run-id": run.run_id,
                "target": words.target(run.target),
                "verdict": run.verdict,
                "rehearsed": str(run.target.rehearsal).lower(),
                "profile": run.profile,
                **{name.lower(): version for name, version in words.versions(run).items()},
            },
        )
        for result in results:
            _case(suite, run, result)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _case(suite: ElementTree.Element, run: Run, result: TestResult) -> None:
    module, _, name = result.nodeid.partition("::")
    case = ElementTree.SubElement(suite, "testcase")
    case.set("classname", module.removesuffix(".py").replace("/", "."))
    case.set("name", name)
    case.set("time", f"{result.seconds:.3f}")
    facts = {
        "level": words.level(run, result),
        "promise": result.promise,
        "target": words.target(run.target),
        "rehearsed": str(run.target.rehearsal).lower(),
        **{f"figure: {name}": f"{value:g}" for name, value in result.figures.items()},
    }
    properties = _properties(case, {name: value for name, value in facts.items() if value})
    for requirement in result.requirements:
        ElementTree.SubElement(properties, "property", {"name": "requirement", "value": requirement})
    if result.skip is not None:
        ElementTree.SubElement(case, "skipped", {"type": result.skip.kind, "message": _legal(result.skip.reason)})
    if result.breach is not None:
        tag = "failure" if result.outcome == "failed" else "error"
        said = {name: text for name, text in vars(result.breach).items() if text}
        element = ElementTree.SubElement(case, tag, {"type": result.outcome, "message": _legal(result.breach.observed)})
        element.text = _legal("\n".join([*(f"{name}: {text}" for name, text in said.items()), "", result.details]))


def _properties(parent: ElementTree.Element, values: Mapping[str, str]) -> ElementTree.Element:
    properties = ElementTree.SubElement(parent, "properties")
    for name, value in values.items():
        ElementTree.SubElement(properties, "property", {"name": name, "value": _legal(value)})
    return properties


def _totals(results: tuple[TestResult, ...], *, name: str) -> dict[str, str]:
    found = words.counts(results)
    return {
        "name": name,
        "tests": str(len(results)),
        "failures": str(found["failed"]),
        "errors": str(found["error"] + found["invalid"]),
        "skipped": str(found["skipped"]),
        "time": f"{sum(result.seconds for result in results):.3f}",
    }


def _legal(text: str) -> str:
    """XML 1.0 has no place for most control characters; answers and logs do contain them."""
    return "".join(
        letter if letter in "\t\n" or " " <= letter < "\ud800" or letter > "\udfff" else "\ufffd" for letter in text
    )
