"""What a service says about itself, found again on what it made."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement

TEAM, CONTACT = {"example.com/team": "iris"}, {"example.com/contact": "somebody"}


@requirement("KC-LIFE-022")
def test_labels_reach_the_pods(deploy):
    """The labels and annotations of a service are on its pods."""
    service = deploy(labels=TEAM, annotations=CONTACT)
    expect.each_has(service.of_pods("labels"), TEAM, of="labels of pods", at_least=1)
    expect.each_has(service.of_pods("annotations"), CONTACT, of="annotations of pods", at_least=1)
