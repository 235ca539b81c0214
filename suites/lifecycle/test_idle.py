"""A service that nobody asks for anything."""

from kserve_conformance.checks import consistently
from kserve_conformance.plugin import requirement, slow


@slow
@requirement("KC-LIFE-029")
def test_service_at_zero_is_ready(at_zero, timings):
    """A service without pods, because nobody asks, is still Ready."""
    consistently("Ready", at_zero.said, lambda said: said == "Ready True", during=timings.settle)
