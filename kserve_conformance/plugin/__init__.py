"""The pytest plugin. It is installed with the package and stays out of every run that does not collect `suites/`.

`requirement`, `slow`, `serial` and `disruptive` are what the tests import; everything else is pytest's to call.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest

from kserve_conformance.plugin import options
from kserve_conformance.plugin.markers import DOCUMENTED, disruptive, requirement, serial, slow

__all__ = ["disruptive", "pytest_addoption", "pytest_cmdline_main", "pytest_configure", "requirement", "serial", "slow"]


def pytest_addoption(parser: pytest.Parser) -> None:
    options.add(parser)


@pytest.hookimpl(wrapper=True)
def pytest_cmdline_main(config: pytest.Config) -> Generator[None, object, object]:
    """Before xdist chooses how to spread tests: whoever is free takes the next one, so our order is kept."""
    if options.about_suites(config) and config.getoption("numprocesses", None) and config.option.dist == "no":
        config.option.dist, config.option.maxschedchunk = "load", 1
    return (yield)


def pytest_configure(config: pytest.Config) -> None:
    for line in DOCUMENTED:
        config.addinivalue_line("markers", line)
    if options.about_suites(config) and not config.option.collectonly:
        # Only now: the rest is not needed, nor paid for, when pytest runs something else.
        from kserve_conformance.plugin import controller

        controller.install(config)
