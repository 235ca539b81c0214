"""`index.html` in a real browser, from disk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kserve_conformance.model import Run
from kserve_conformance.reporting import page

CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
BENCH = {
    "valid": False,
    "validity": {"client schedule delay p50": "21 ms"},
    "scenarios": [
        {
            "name": "cold start",
            "figures": {"p50": 0.41},
            "stages": {"decide": 0.1, "server start": 0.3},
            "series": [{"name": "latency", "unit": "ms", "points": [[0, 5.0], [1, 6.0], [2, 4.0]]}],
        }
    ],
}


def test_page_asks_nothing_of_the_network(rehearsed: Run) -> None:
    text = page.render(replace(rehearsed, bench=BENCH))
    assert re.findall(r'(?:src|href)="(?!#|data:|evidence/|results\.json|junit\.xml|summary\.md)[^"]*"', text) == []
    assert "@import" not in text
    assert re.findall(r"url\([^)]*\)", text) == []


def test_what_a_platform_answers_is_never_markup(broken: Run) -> None:
    text = page.render(broken)
    assert "<b>activator overload</b>" not in text
    assert "<script>alert(1)" not in text
    assert "&lt;b&gt;activator overload" in text


@pytest.mark.parametrize(("verdict", "loud"), [("missed", True), ("met", False), ("not decided", False)])
def test_an_slo_is_told_and_one_that_was_missed_loudly(rehearsed: Run, verdict: str, loud: bool) -> None:
    slo = [{"figure": "p50", "bound": "<= 1 ms", "verdict": verdict, "said": "0.41 s, far off"}]
    bench = {"scenarios": [{"name": "latency", "sentence": "How long?", "slo": slo}], "quick": True}
    text = page.render(replace(rehearsed, bench=bench))
    assert "SLO p50 &lt;= 1 ms" in text
    assert "0.41 s, far off" in text
    assert "How long?" in text
    assert "A quick run" in text
    assert text.count("SLO missed") == (2 if loud else 0)


def test_empty_benchmark_takes_no_room(rehearsed: Run) -> None:
    assert 'id="bench"' not in page.render(rehearsed)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if not CHROMIUM.exists() or not DRIVER.exists():
        pytest.skip("NotSupported: no Chromium with its driver on this machine")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1280,1400"):
        options.add_argument(argument)
    options.binary_location = str(CHROMIUM)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(str(DRIVER)))
    yield driver
    driver.quit()


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Any:
    def show(run: Run) -> Any:
        (tmp_path / "index.html").write_text(page.render(run), encoding="utf-8")
        browser.get((tmp_path / "index.html").as_uri())
        return browser

    return show


def visible(browser: Any, selector: str) -> list[str]:
    return [each.text for each in browser.find_elements("css selector", selector) if each.is_displayed()]


def test_page_opens_without_an_error(opened: Any, rehearsed: Run) -> None:
    browser = opened(replace(rehearsed, bench=BENCH))
    assert browser.get_log("browser") == []
    assert visible(browser, ".banner") == ["REHEARSED on the embedded platform — says nothing about any cluster"]
    assert visible(browser, "h1") == ["Rehearsed"]
    assert len(visible(browser, "#timeline rect")) == len(rehearsed.results)
    assert visible(browser, "#bench h2") == ["Benchmarks INVALID"]


def test_banner_of_a_cluster(opened: Any, broken: Run) -> None:
    assert visible(opened(broken), ".banner") == ["CLUSTER prod-eu at https://prod:6443"]


def test_filters(opened: Any, broken: Run) -> None:
    browser = opened(broken)
    browser.find_element("css selector", ".chip[data-outcome=failed]").click()
    assert len(visible(browser, ".test")) == 1
    browser.find_element("css selector", ".chip[data-outcome='']").click()
    browser.find_element("id", "search").send_keys("KC-LIFE-001")
    assert len(visible(browser, ".test")) == 1
    browser.find_element("id", "search").send_keys("nothing has this")
    assert visible(browser, "#none") == ["Nothing matches these filters."]


def test_failure_is_open_and_tells(opened: Any, broken: Run) -> None:
    browser = opened(broken)
    assert visible(browser, ".observed") == [broken.results[1].breach.observed if broken.results[1].breach else ""]
    link = browser.find_element("css selector", ".inside a")
    assert link.get_attribute("href").endswith("/evidence/autoscaling/test_cold_start/test_first_request_is_answered/")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_schemes_can_be_read(opened: Any, broken: Run, scheme: str) -> None:
    """Contrast of text on its ground, by the formula of WCAG 2: at least 4.5 to 1."""
    browser = opened(broken)
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    colours = browser.execute_script(
        """
        const ground = node => {
          while (getComputedStyle(node).backgroundColor === "rgba(0, 0, 0, 0)") node = node.parentElement;
          return getComputedStyle(node).backgroundColor;
        };
        return [...document.querySelectorAll(arguments[0])].filter(node => node.checkVisibility())
          .map(node => [node.className || node.tagName, getComputedStyle(node).color, ground(node)]);
        """,
        "h1, .meaning, .promise, .observed, .seconds, .pill, .chip, .breach dt, pre, a, .small",
    )
    assert len(colours) > 20
    assert {name: found for name, ink, paper in colours if (found := contrast(ink, paper)) < 4.5} == {}


def contrast(one: str, other: str) -> float:
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def luminance(colour: str) -> float:
    parts = [int(each) / 255 for each in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
