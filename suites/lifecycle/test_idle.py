"""A service that nobody asks for anything."""

from fixtures.annotations import PROXIED
from kserve_conformance.checks import consistently
from kserve_conformance.plugin import requirement, slow


@slow
@requirement("KC-LIFE-029")
def test_service_at_zero_is_ready(service_at_zero, timings):
    """A service without pods, because nobody asks, is still Ready."""
    service = service_at_zero(annotations=PROXIED)
    consistently("Ready", service.said, lambda said: said == "Ready True", during=timings.settle)
