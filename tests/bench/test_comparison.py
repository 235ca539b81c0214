"""From two runs to verdicts and an exit code: budgets, what cannot be compared and what must not be hidden."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kserve_conformance.bench.comparing import budgets, measured
from kserve_conformance.bench.comparing.budgets import Budget, Budgets
from kserve_conformance.bench.comparing.comparison import Comparison, compare
from kserve_conformance.bench.comparing.measured import Measured, UnusableRunError
from kserve_conformance.catalogue.reading import CatalogueError
from kserve_conformance.load.result import Figure, Scenario
from kserve_conformance.model import Target
from tests.bench.comparing import MACHINE, STEADY, VERSIONS, figure, left, scenario, usual

ROOT = Path(__file__).parents[2]
ALLOWED = Budgets(default=0.10, relative={"latency/p50": 0.05}, floors={"ms": 0.3})


def run(*scenarios: Scenario) -> Measured:
    return Measured("run", Path(), scenarios, {})


def one(base: Figure, head: Figure, allowed: Budgets = ALLOWED) -> Comparison:
    return compare(run(scenario("latency", base)), run(scenario("latency", head)), allowed)


@pytest.mark.parametrize(
    ("name", "base", "head", "better", "verdict", "code"),
    [
        ("p50", 10, 10.05, "lower", "no difference shown", 0),
        ("p50", 10, 10.4, "lower", "worse within budget", 0),
        ("p50", 10, 10.7, "lower", "regression", 1),
        ("p95", 10, 10.7, "lower", "worse within budget", 0),
        ("p95", 10, 11.5, "lower", "regression", 1),
        ("p95", 1, 1.25, "lower", "worse within budget", 0),  # 25 %, but below the floor of 0.3 ms
        ("p95", 10, 8, "lower", "improvement", 0),
        ("goodput", 10, 8, "higher", "regression", 1),
        ("goodput", 10, 12, "higher", "improvement", 0),
    ],
)
def test_verdict(name: str, base: float, head: float, better: str, verdict: str, code: int) -> None:
    found = one(figure(name, base, better=better), figure(name, head, better=better))
    assert [each.verdict for each in found.figures] == [verdict]
    assert found.exit_code == code


def test_a_difference_that_noise_could_make_is_none_however_large() -> None:
    noisy = figure("p95", 10, repeats=(10, 30, 12, 18, 9))
    found = one(figure("p95", 10), noisy).figures[0]
    assert found.effect is not None
    assert found.effect.relative is not None
    assert found.effect.relative.value > 0.4
    assert found.verdict == "no difference shown"
    assert found.effect.detectable is not None
    assert found.effect.detectable > found.effect.relative.value


def test_the_more_figures_the_more_is_asked_of_each() -> None:
    close = figure("p50", 10.4)
    many = [figure(f"p{each}", 10) for each in range(60, 99)]
    alone = one(figure("p50", 10), close).figures[0]
    among = compare(run(scenario("s", figure("p50", 10), *many)), run(scenario("s", close, *many)), ALLOWED).figures[0]
    assert alone.verdict == "worse within budget"
    assert among.verdict == "no difference shown"


def noisy(chance: random.Random, change: float = 1) -> Measured:
    """A table of twelve with 2 % from one repetition to another; `change` makes p50 that many times longer."""

    def repeats(typical: float) -> tuple[float, ...]:
        return tuple(typical * chance.gauss(1, 0.02) for _ in STEADY)

    latencies = [figure(f"p{each}", 20, repeats=repeats(20)) for each in range(90, 100)]
    p50 = figure("p50", 3, repeats=repeats(3 * change))
    throughput = figure("throughput", 1000, "req/s", "higher", repeats=repeats(1000 / change))
    return run(scenario("latency", p50, *latencies), scenario("throughput", throughput))


def test_of_equal_runs_18_in_20_are_green_and_of_slower_ones_19_in_20_are_red() -> None:
    """10 % that are 0.3 ms, with the budgets that are there."""
    chance, allowed = random.Random(11), budgets.read(ROOT / "manifests/slo/budgets.yaml")
    equal = [compare(noisy(chance), noisy(chance), allowed).exit_code for _ in range(200)]
    slower = [compare(noisy(chance), noisy(chance, 1.1), allowed).exit_code for _ in range(200)]
    assert equal.count(0) >= 0.9 * len(equal)
    assert slower.count(1) >= 0.95 * len(slower)


def test_counts_that_were_zero() -> None:
    none, some = figure("lost", 0, "", repeats=(0, 0, 0, 0, 0)), figure("lost", 25, "", repeats=(5, 4, 6, 5, 5))
    assert one(none, some).figures[0].verdict == "regression"
    assert one(some, none).figures[0].verdict == "improvement"
    assert one(none, none).figures[0].verdict == "no difference shown"


MISSING = Figure("p50", None, "ms", note="never: too many had no right answer", better="lower")
FEW = figure("p50", 10, repeats=(10.0, 10.1, 9.9, 10.0))


@pytest.mark.parametrize(
    ("base", "head", "why", "code"),
    [
        (figure("p50", 10), MISSING, "HEAD: never: too many had no right answer", 11),
        (MISSING, figure("p50", 10), "BASE: never: too many had no right answer", 11),
        (figure("p50", 10), FEW, "HEAD: too few repetitions (4 of 5)", 11),
        (FEW, FEW, "BASE: too few repetitions (4 of 5); HEAD: too few repetitions (4 of 5)", 5),
        (MISSING, FEW, "BASE: never: too many had no right answer; HEAD: too few repetitions (4 of 5)", 5),
        (figure("p50", 10), figure("p99", 10), "HEAD: does not have it", 11),
        (figure("p50", 10), figure("p50", 10, "s"), "in ms and in s", 11),
        (figure("p50", 10), figure("p50", 10, better="higher"), "lower was better in BASE, higher is in HEAD", 11),
    ],
)
def test_not_comparable(base: Figure, head: Figure, why: str, code: int) -> None:
    found = one(base, head)
    assert (found.figures[0].verdict, found.figures[0].why) == ("not comparable", why)
    assert (found.judged, found.exit_code) == (0, code)


@pytest.mark.parametrize("side", ["BASE", "HEAD"])
def test_an_invalid_scenario_is_not_compared_and_seen_in_the_exit_code(side: str) -> None:
    good, bad = usual(), usual(valid=False, why="sent late")
    pair = (run(*bad), run(*good)) if side == "BASE" else (run(*good), run(*bad))
    found = compare(*pair, ALLOWED)
    assert [each.verdict for each in found.figures] == ["not comparable"] * 2 + ["no difference shown"]
    assert found.figures[0].why == f"INVALID in {side}"
    assert found.invalid == (f"latency in {side}: sent late",)
    assert found.exit_code == 11


def test_a_regression_comes_before_what_is_invalid() -> None:
    worse = usual(throughput=500, valid=False, why="sent late")
    assert compare(run(*usual()), run(*worse), ALLOWED).exit_code == 1


def test_what_only_describes_a_run_is_not_compared() -> None:
    found = compare(run(*usual()), run(*usual()), ALLOWED)
    assert [each.figure for each in found.figures] == ["p50", "p95", "throughput"]


def test_a_scenario_of_one_run_only_is_named() -> None:
    latency, throughput = usual()
    found = compare(run(latency, throughput), run(latency, scenario("knee")), ALLOWED)
    assert (found.only_base, found.only_head, found.exit_code) == (("throughput",), ("knee",), 0)


def test_nothing_compared_is_not_green() -> None:
    assert compare(run(), run(), ALLOWED).exit_code == 5


def environments(tmp_path: Path, base: dict[str, Any], head: dict[str, Any]) -> list[tuple[str, str, str]]:
    runs = [
        measured.read(str(left(tmp_path / name, said.pop("scenarios", usual()), **said)), tmp_path)
        for name, said in (("base", base), ("head", head))
    ]
    return [(each.field, each.base, each.head) for each in measured.differences(*runs)]


CLUSTER = Target("cluster", "prod", "https://prod:6443", False)


@pytest.mark.parametrize(
    ("base", "head", "expected"),
    [
        ({}, {}, []),
        ({}, {"versions": replace(VERSIONS, kserve="0.21.0")}, [("kserve", "0.20.0", "0.21.0")]),
        ({}, {"machine": {**MACHINE, "cores": "4"}}, [("cores", "2 (some CPU)", "4")]),
        ({}, {"machine": {**MACHINE, "load average": "9"}}, []),
        ({}, {"machine": {**MACHINE, "model": "other"}}, [("model", "sklearn-iris", "other")]),
        ({}, {"options": {"--stack": "tutorial", "--rate": "100"}}, [("--stack", "current", "tutorial")]),
        ({}, {"target": CLUSTER}, [("target", "embedded platform", "cluster prod https://prod:6443")]),
        ({}, {"target": Target("embedded", "embedded", "https://127.0.0.1:50000", True)}, []),
        ({"machine": {"cores": "2"}}, {"machine": {"cores": "2"}}, [("model", "not recorded", "not recorded")]),
        (
            {"scenarios": usual(parameters={"rate": 100, "repeats": 5})},
            {"scenarios": usual(parameters={"rate": 50, "repeats": 6})},
            [("latency: rate", "100", "50")],
        ),
        ({"scenarios": usual()}, {"scenarios": [scenario("knee", parameters={"from": 10})]}, []),
    ],
)
def test_environments(
    tmp_path: Path, base: dict[str, Any], head: dict[str, Any], expected: list[tuple[str, str, str]]
) -> None:
    assert environments(tmp_path, dict(base), dict(head)) == expected


def test_a_run_is_found_by_id_folder_and_file(tmp_path: Path) -> None:
    folder = left(tmp_path / "20260102-1", usual())
    for said in ("20260102-1", str(folder), str(folder / "bench.json")):
        assert measured.read(said, tmp_path).name == "20260102-1"


def test_numbers_alone_do_not_say_where_they_are_from(tmp_path: Path) -> None:
    folder = left(tmp_path / "moved", usual())
    (folder / "results.json").unlink()
    found = measured.read(str(folder), tmp_path)
    assert found.name == "moved"
    assert {each.field for each in measured.differences(found, found)} == {
        *("target", "kserve", "knative", "istio", "kubernetes"),
    }


def test_what_is_no_run_teaches(tmp_path: Path) -> None:
    left(tmp_path / "20260102-1", usual())
    with pytest.raises(UnusableRunError, match="there is no run, folder or file nothing") as error:
        measured.read("nothing", tmp_path)
    assert "20260102-1" in error.value.next
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnusableRunError, match=r"has no bench\.json"):
        measured.read("empty", tmp_path)
    for name, text, said in [
        ("bench.json", "{", "cannot be read"),
        ("bench.json", "{}", "can be read"),
        ("results.json", "{", "cannot be read"),
        ("results.json", "[]", "cannot be read"),
    ]:
        broken = left(tmp_path / f"broken-{name}-{len(text)}", usual())
        (broken / name).write_text(text)
        with pytest.raises(UnusableRunError, match=said):
            measured.read(str(broken), tmp_path)


def test_the_first_pattern_that_matches_counts() -> None:
    allowed = Budgets(0.1, {"latency/p50": 0.05, "latency/*": 0.2}, {"ms": 0.3})
    assert allowed.of("latency", "p50", "ms") == Budget(0.05, 0.3)
    assert allowed.of("latency", "p95", "ms") == Budget(0.2, 0.3)
    assert allowed.of("throughput", "throughput", "req/s") == Budget(0.1, 0)


def test_the_budgets_that_are_there() -> None:
    """An injected 10 %, from 0.3 ms on, has to lie clear of the headlines' budgets."""
    allowed = budgets.read(ROOT / "manifests/slo/budgets.yaml")
    assert allowed.of("latency", "p99", "ms") == Budget(0.10, 0.15)
    assert allowed.of("latency", "p50", "ms") == Budget(0.05, 0.15)
    assert allowed.of("throughput", "throughput", "req/s") == Budget(0.05, 0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("default: 0.1\nrelative: {}\n", "'floors' is missing"),
        ("default: 0.1\nrelative: {}\nfloors: {}\nflors: {}\n", "unknown key 'flors'"),
        ("default: 10 %\nrelative: {}\nfloors: {}\n", "default: '10 %' is not a number from zero"),
        ("default: 0.1\nrelative: {p50: -1}\nfloors: {}\n", "relative: p50: -1 is not a number"),
        ("default: 0.1\nrelative: {p50: .nan}\nfloors: {}\n", "is not a number"),
        ("default: 0.1\nrelative: []\nfloors: [1]\n", "floors: expected a number for each name"),
    ],
)
def test_a_slip_in_the_budgets(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "budgets.yaml"
    path.write_text(text)
    with pytest.raises(CatalogueError, match=said):
        budgets.read(path)
