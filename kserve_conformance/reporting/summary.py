"""`summary.md`: what fits into the comment of a pull request."""

from __future__ import annotations

from kserve_conformance.model import Run
from kserve_conformance.reporting import bench, words
from kserve_conformance.reporting.templating import markdown


def render(run: Run) -> str:
    bad = sorted((each for each in run.results if each.outcome in words.BAD), key=lambda each: each.nodeid)
    return markdown().get_template("summary.md.j2").render(run=run, bad=bad, words=words, bench=bench.view(run.bench))
