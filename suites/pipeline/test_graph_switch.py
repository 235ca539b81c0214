"""A graph that chooses by what is in a request."""

import pytest

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement

FLOWER = {"instances": [1], "kind": "flower"}
ROCK = {"instances": [1], "kind": "rock"}


@pytest.fixture
def switch(pipeline, echo, graph):
    """Flowers go to echo, and whatever else says of what kind it is goes to the pipeline."""
    flowers = {"serviceName": echo.name, "condition": "[@this].#(kind==flower)"}
    others = {"serviceName": pipeline.name, "condition": "kind"}
    return graph(root={"routerType": "Switch", "steps": [flowers, others]})


@requirement("KC-PIPE-013")
def test_first_condition_that_is_met_decides(switch, requests):
    """A switch sends a request to the first step whose condition it meets, and to no other."""
    expect.trail(requests.post(switch, "/", FLOWER), "echo")
    expect.trail(requests.post(switch, "/", ROCK), "predictor")


@requirement("KC-PIPE-014")
def test_no_condition_met_is_not_found(switch, requests):
    """A request that meets no condition of a switch is answered with 404 and an error in JSON."""
    expect.trail(requests.post(switch, "/", ROCK), "predictor")
    expect.json_error(requests.post(switch, "/", {"instances": [1]}), status=404)
