"""What a test says: steps that wait (`eventually`, `consistently`) and facts that must hold (`expect`)."""

from kserve_conformance.checks import expect
from kserve_conformance.kube.waiting import consistently, eventually

__all__ = ["consistently", "eventually", "expect"]
