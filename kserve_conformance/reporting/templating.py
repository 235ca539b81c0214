"""Where templates come from. HTML is escaped by itself; Markdown cells are escaped by a filter the templates name."""

from __future__ import annotations

import jinja2


def html() -> jinja2.Environment:
    return _environment(autoescape=True)


def markdown() -> jinja2.Environment:
    environment = _environment(autoescape=False)
    environment.filters["cell"] = _cell
    return environment


def _environment(*, autoescape: bool) -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("kserve_conformance.reporting"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=autoescape,
    )


def _cell(text: str) -> str:
    """Of a Markdown table: one line, and nothing in it that Markdown or HTML would act on."""
    one = " ".join(text.split()).replace("\\", "\\\\").replace("&", "&amp;").replace("<", "&lt;")
    for letter in "|*_`[]":
        one = one.replace(letter, f"\\{letter}")
    return one
