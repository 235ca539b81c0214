"""Every figure of two runs that says which way is better, with a verdict; and from the verdicts an exit code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from kserve_conformance.bench.comparing.budgets import Budget, Budgets
from kserve_conformance.bench.comparing.effect import CONFIDENCE, FEWEST, Effect, effect
from kserve_conformance.bench.comparing.measured import Difference, Measured, differences
from kserve_conformance.catalogue import verdict
from kserve_conformance.load.result import Figure, Scenario

SCHEMA = "kserve-conformance/comparison/1"
Verdict = Literal["regression", "worse within budget", "no difference shown", "improvement", "not comparable"]


@dataclass(frozen=True)
class Row:
    """One figure. `effect` is None when it is not comparable, and `why` says why not.

    `lost`: one run has it and the other has not, so that silence about it would hide something.
    """

    scenario: str
    figure: str
    unit: str
    better: str
    budget: Budget
    base_repeats: tuple[float, ...]
    head_repeats: tuple[float, ...]
    verdict: Verdict = "not comparable"
    why: str = ""
    lost: bool = False
    effect: Effect | None = None


@dataclass(frozen=True)
class Comparison:
    """`invalid` says of each scenario that must not be believed in which run and why.

    `only_base` and `only_head` are scenarios that the other run did not measure.
    """

    base: str
    head: str
    differences: tuple[Difference, ...]
    figures: tuple[Row, ...]
    invalid: tuple[str, ...]
    only_base: tuple[str, ...]
    only_head: tuple[str, ...]

    def of(self, *verdicts: Verdict) -> tuple[Row, ...]:
        return tuple(each for each in self.figures if each.verdict in verdicts)

    @property
    def judged(self) -> int:
        return len(self.figures) - len(self.of("not comparable"))

    @property
    def exit_code(self) -> int:
        """What is worse comes first; nothing compared is not the same as nothing worse."""
        if self.of("regression"):
            return verdict.EXIT_BROKEN
        if self.invalid or any(each.lost for each in self.figures):
            return verdict.EXIT_INVALID
        return verdict.EXIT_KEPT if self.judged else verdict.EXIT_NOTHING

    def document(self) -> dict[str, Any]:
        """In the form of reports/README.md."""
        return {
            "schema": SCHEMA,
            "confidence": CONFIDENCE,
            "judged": self.judged,
            "exit_code": self.exit_code,
            **asdict(self),
        }


def compare(base: Measured, head: Measured, budgets: Budgets) -> Comparison:
    both = [(each, other) for each in base.scenarios if (other := head.scenario(each.name)) is not None]
    rows = [row for before, after in both for row in _rows(before, after, budgets)]
    judged = sum(not row.why for row in rows)
    return Comparison(
        base=base.name,
        head=head.name,
        differences=differences(base, head),
        figures=tuple(row if row.why else _judged(row, judged) for row in rows),
        invalid=tuple(_invalid({"BASE": base, "HEAD": head})),
        only_base=tuple(each.name for each in base.scenarios if head.scenario(each.name) is None),
        only_head=tuple(each.name for each in head.scenarios if base.scenario(each.name) is None),
    )


def _invalid(runs: Mapping[str, Measured]) -> Iterator[str]:
    for side, run in runs.items():
        for each in run.scenarios:
            if not each.valid:
                yield f"{each.name} in {side}: {each.why}"


def _rows(base: Scenario, head: Scenario, budgets: Budgets) -> Iterator[Row]:
    """Not judged yet: how sure each can be depends on how many there are."""
    before = {each.name: each for each in base.figures if each.better}
    after = {each.name: each for each in head.figures if each.better}
    for name in dict.fromkeys((*before, *after)):
        one, other = before.get(name), after.get(name)
        known = one or other
        assert known is not None
        row = Row(
            scenario=base.name,
            figure=name,
            unit=known.unit,
            better=known.better,
            budget=budgets.of(base.name, name, known.unit),
            base_repeats=one.repeats if one else (),
            head_repeats=other.repeats if other else (),
        )
        invalid = [side for side, each in (("BASE", base), ("HEAD", head)) if not each.valid]
        if invalid:
            yield replace(row, why=f"INVALID in {' and in '.join(invalid)}")
        else:
            lacks = {"BASE": _lacks(one), "HEAD": _lacks(other)}
            why = "; ".join(f"{side}: {lack}" for side, lack in lacks.items() if lack) or _unlike(one, other)
            yield replace(row, why=why, lost=bool(why) and not all(lacks.values()))


def _lacks(figure: Figure | None) -> str:
    """What keeps one side from being compared with anything."""
    if figure is None:
        return "does not have it"
    if figure.value is None:
        return figure.note or "has no value"
    if len(figure.repeats) < FEWEST:
        return f"too few repetitions ({len(figure.repeats)} of {FEWEST})"
    return ""


def _unlike(base: Figure | None, head: Figure | None) -> str:
    assert base is not None
    assert head is not None
    if base.unit != head.unit:
        return f"in {base.unit or 'no unit'} and in {head.unit or 'no unit'}"
    return "" if base.better == head.better else f"{base.better} was better in BASE, {head.better} is in HEAD"


def _judged(row: Row, figures: int) -> Row:
    found = effect(row.base_repeats, row.head_repeats, figures=figures)
    return replace(row, effect=found, verdict=_verdict(found, row.better, row.budget))


def _verdict(found: Effect, better: str, budget: Budget) -> Verdict:
    if not found.shown:
        return "no difference shown"
    if (found.absolute.value > 0) == (better == "higher"):
        return "improvement"
    beyond = found.relative is None or abs(found.relative.value) > budget.relative
    return "regression" if beyond and abs(found.absolute.value) > budget.floor else "worse within budget"
