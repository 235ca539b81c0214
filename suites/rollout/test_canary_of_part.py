"""A canary of one part of a service."""

from kserve_conformance.checks import eventually, expect
from kserve_conformance.plugin import requirement

REQUESTS = 100


@requirement("KC-ROLL-015")
def test_canary_leaves_the_transformer_whole(deploy, witness, requests, timings):
    """The share of a predictor's canary is no share of its transformer, which takes over with all requests."""
    service = deploy(spec={"predictor": witness(NAME="stable"), "transformer": witness(NAME="first")})
    changed = {"predictor": witness(NAME="canary"), "transformer": witness(NAME="second")}
    service.update(spec=changed, canary_percent=50)
    eventually(
        "the split in the status", service.rollout, until=lambda said: said.gives_newest(50), within=timings.rollout
    )
    eventually(
        "the new transformer to answer",
        lambda: requests.told(service),
        until=lambda sample: (sample.json() or {}).get("transformed_by") == "second",
        within=timings.rollout,
    )
    answers = requests.many(REQUESTS, lambda: requests.told(service))
    expect.passed_through(answers, "second", at_least=REQUESTS)
