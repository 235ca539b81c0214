"""What terminal and Markdown say of a comparison, in the same words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from kserve_conformance.bench.comparing.comparison import Comparison, Row, Verdict
from kserve_conformance.bench.comparing.effect import CONFIDENCE, FEWEST, Effect, Estimate
from kserve_conformance.catalogue import verdict
from kserve_conformance.load.result import number

_HEADLINES = {
    verdict.EXIT_KEPT: "NO REGRESSION SHOWN",
    verdict.EXIT_BROKEN: "REGRESSION",
    verdict.EXIT_NOTHING: "NOTHING COMPARED",
    verdict.EXIT_INVALID: "NOT ALL COMPARED",
}
_WORST_FIRST: tuple[Verdict, ...] = (
    "regression",
    "worse within budget",
    "no difference shown",
    "improvement",
    "not comparable",
)


def headline(found: Comparison) -> str:
    counts = Counter(row.verdict for row in found.figures)
    parts = [f"{each} {counts[each]}" for each in _WORST_FIRST if counts[each]]
    said = " · ".join(parts) or "no scenario of both runs has a figure that says which way is better"
    return f"{_HEADLINES[found.exit_code]}: {said}"


def judged(row: Row) -> str:
    """The verdict, and in brackets what has to be known beside it."""
    if row.verdict == "regression":
        return f"REGRESSION, over {_budget(row)}"
    if row.verdict == "worse within budget":
        return f"worse, within {_budget(row)}"
    if row.verdict == "no difference shown" and row.effect:
        return f"no difference ({detectable(row.effect, row.unit)})"
    return row.verdict


def _budget(row: Row) -> str:
    """The part of it that decides."""
    allowed, found = row.budget, row.effect
    share = found is not None and found.relative is not None and allowed.relative * found.base > allowed.floor
    return f"{allowed.relative * 100:g} %" if share else f"{allowed.floor:g} {row.unit}".rstrip()


def detectable(found: Effect, unit: str) -> str:
    if found.detectable is None:
        return "none varied"
    return f"{number(found.detectable * 100)} %" if found.relative else f"{number(found.detectable)} {unit}".rstrip()


def percent(share: float) -> str:
    """One digit behind the point, and none where it would only be noise."""
    return f"{share * 100:+,.0f}" if abs(share) >= 1 else f"{share * 100:+.1f}"


def signed(value: float) -> str:
    return f"{'+' if value > 0 else '-'}{number(abs(value))}" if value else "0"


def interval(of: Estimate, share: bool) -> str:
    one = percent if share else signed
    return f"[{one(of.low)}, {one(of.high)}]"


def reasons(rows: Iterable[Row]) -> Mapping[str, str]:
    """Names of figures that are not comparable, together where the reason is the same, and that reason."""
    by_reason: dict[str, list[str]] = {}
    for row in rows:
        if row.why:
            by_reason.setdefault(row.why, []).append(row.figure)
    return {", ".join(names): why for why, names in by_reason.items()}


def unsure(found: Comparison) -> Iterator[str]:
    """No difference shown is not the same as none there."""
    names = [
        f"{row.scenario} {row.figure}"
        for row in found.of("no difference shown")
        if row.effect and row.effect.relative and (row.effect.detectable or 0) > row.budget.relative
    ]
    if names:
        yield (
            f"{', '.join(names)}: too noisy for their budgets, so worse by more than that could have stayed unseen;"
            " measure on a quieter machine, longer, or more often"
        )


def left_out(found: Comparison) -> Iterator[str]:
    if found.only_base:
        yield f"{', '.join(found.only_base)}: in BASE, not measured in HEAD"
    if found.only_head:
        yield f"{', '.join(found.only_head)}: in HEAD, not measured in BASE"


def legend(found: Comparison) -> Iterator[str]:
    if found.judged:
        yield (
            "BASE and HEAD are geometric means of the repetitions (plain means where one is not above zero). In"
            " square brackets, the interval of the difference: all of this table hold together with"
            f" {CONFIDENCE * 100:g} %, and a difference is shown when zero lies outside. Beside 'no difference', the"
            " true difference that such a comparison would show 19 times in 20."
        )
    if any("too few" in row.why for row in found.figures):
        yield f"A figure is compared from {FEWEST} repetitions on."
