"""Scenarios as data: the ones that are there, the order they take turns in, and slips in a file of one's own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kserve_conformance.bench import table
from kserve_conformance.bench.scenarios.registry import KINDS
from kserve_conformance.catalogue.reading import CatalogueError

MANIFESTS = Path(__file__).parents[2] / "manifests"


def test_every_scenario_is_read_and_every_kind_is_used() -> None:
    found = table.catalogue(MANIFESTS)
    assert {each.kind for each in found.values()} == set(KINDS)
    assert all(each.sentence.endswith("?") for each in found.values())
    assert all(each.bounds for each in found.values())


def test_default_table_measures_all_there_are() -> None:
    assert {each.name for each in table.plan(MANIFESTS)} == set(table.catalogue(MANIFESTS))


def test_quick_table_has_samples_enough_for_its_slo() -> None:
    latency = next(each for each in table.plan(MANIFESTS, quick=True) if each.name == "latency")
    assert latency.repeats < 5
    # 299 samples are needed for a p99; so many Poisson arrivals there are but for one run in a million.
    expected = latency.parameters.rate * latency.parameters.seconds
    assert expected - 4.9 * expected**0.5 > 299


def test_a_run_wants_other_parameters() -> None:
    latency, knee, cold = table.plan(
        MANIFESTS, names=["latency", "knee", "cold-start"], changes={"rate": 20, "starts": 1, "repeats": 2}
    )
    assert (latency.parameters.rate, latency.repeats) == (20, 2)
    assert knee.repeats == 1  # its repetitions are its own
    assert cold.parameters.starts == 1


def test_each_repetition_has_arrivals_of_its_own() -> None:
    latency = table.catalogue(MANIFESTS)["latency"]
    assert latency.seeded(1).seed == latency.seeded(0).seed + 1


def test_what_is_repeated_takes_turns() -> None:
    latency, throughput, knee = table.plan(MANIFESTS, names=["latency", "throughput", "knee"], changes={"repeats": 2})
    turns = [(each.name, number) for each, number in table.in_turn([knee, latency, throughput])]
    assert turns == [("latency", 0), ("throughput", 0), ("latency", 1), ("throughput", 1), ("knee", 0)]


def test_unknown_name_tells_the_known_ones() -> None:
    with pytest.raises(CatalogueError, match=r"there is no scenario 'latencies'; there are: .*latency"):
        table.plan(MANIFESTS, names=["latencies"])


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("kind: knee", "kind: elbow", "there is no 'elbow'; there are"),
        ("name: knee", "name: elbow", "is not that of the file"),
        ("p99: 50", "p98: 50", "unknown key 'p98'"),
        ("p99: 50", "p99: fast", "is not of the kind of its default"),
        ("repeats: 1", "repeats: 0", "not a number of at least 1"),
        ("default.yaml", "mine.yaml", "cannot be read"),
    ],
)
def test_slips_are_told(tmp_path: Path, old: str, new: str, why: str) -> None:
    shutil.copytree(MANIFESTS, tmp_path / "manifests")
    path = tmp_path / "manifests/scenarios/knee.yaml"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(CatalogueError, match=why):
        table.catalogue(tmp_path / "manifests")
