"""`index.html`: one file, no request to anywhere, opens from the file system."""

from __future__ import annotations

from importlib import resources

from kserve_conformance.model import Run
from kserve_conformance.reporting import bench, timeline, words
from kserve_conformance.reporting.templating import html


def render(run: Run) -> str:
    files = resources.files("kserve_conformance.reporting") / "templates"
    return (
        html()
        .get_template("index.html.j2")
        .render(
            run=run,
            words=words,
            timeline=timeline.chart(run),
            bench=bench.view(run.bench),
            levels={requirement.id: requirement for requirement in run.requirements},
            style=(files / "page.css").read_text(encoding="utf-8"),
            script=(files / "page.js").read_text(encoding="utf-8"),
        )
    )
