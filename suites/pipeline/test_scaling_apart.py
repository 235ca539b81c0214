"""How many replicas each part of a service has."""

from fixtures.annotations import PROXIED
from kserve_conformance.checks import eventually, expect
from kserve_conformance.plugin import requirement, slow


@slow
@requirement("KC-PIPE-045")
def test_each_part_keeps_its_minimum(deploy, witness, requests, timings):
    """The transformer and the predictor of a service each keep the least number of replicas that is their own."""
    parts = {
        "predictor": {**witness(NAME="predictor"), "minReplicas": 2},
        "transformer": {**witness(NAME="transformer"), "minReplicas": 0},
    }
    service = deploy(annotations=PROXIED, spec=parts)
    eventually(
        "two predictors and no transformer to be wanted",
        lambda: [service.wanted_replicas(of=part) for part in parts],
        until=lambda wanted: wanted == [2, 0],
        within=timings.idle_to_zero,
    )
    expect.passed_through([requests.told(service)], "transformer", at_least=1)


@slow
@requirement("KC-PIPE-046")
def test_one_request_wakes_both(service_at_zero, witness, requests):
    """One request wakes both the transformer and the predictor of a service at zero, and is answered."""
    parts = {"predictor": witness(NAME="predictor"), "transformer": {**witness(NAME="transformer"), "minReplicas": 0}}
    service = service_at_zero(annotations=PROXIED, spec=parts)
    answer = requests.told(service)
    expect.passed_through([answer], "transformer", at_least=1)
    expect.trail(answer, "predictor")
