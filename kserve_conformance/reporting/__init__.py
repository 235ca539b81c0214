"""One result model, `model.Run`, and everything people and machines read of it. Knows nothing else of the engine."""

from __future__ import annotations

from pathlib import Path

from kserve_conformance.model import Run
from kserve_conformance.reporting import junit, page, record, summary

__all__ = ["write", "write_results"]


def write_results(run: Run, folder: Path) -> None:
    """Only the data, from which everything else can be made again."""
    _replace(folder / "results.json", record.to_json(run))


def write(run: Run, folder: Path) -> None:
    """All files of a report."""
    folder.mkdir(parents=True, exist_ok=True)
    write_results(run, folder)
    _replace(folder / "junit.xml", junit.render(run))
    _replace(folder / "summary.md", summary.render(run))
    _replace(folder / "index.html", page.render(run))


def _replace(path: Path, text: str) -> None:
    """In one step: a reader, and a run killed while writing, sees the old file or the new one."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
