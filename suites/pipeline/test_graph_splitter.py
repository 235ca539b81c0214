"""A graph that chooses by chance."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement, slow

REQUESTS = 1000


@slow
@requirement("KC-PIPE-015")
def test_steps_get_their_weights(pipeline, echo, graph, requests):
    """A splitter sends each request to one step, and each step gets the share that its weight says.

    20 % of 1000 is between 141 and 264 but for one run in a million (a router before 0.13 draws from 99 numbers, so the
    first step has 20.2 %: 1.2 runs). A true 10 % is missed once in 40 000 runs, 30 % once in 150, an even split never.
    """
    steps = [{"serviceName": echo.name, "weight": 20}, {"serviceName": pipeline.name, "weight": 80}]
    host = graph(root={"routerType": "Splitter", "steps": steps}).host
    answers = requests.many(REQUESTS, lambda: requests.post_to_host(host, "/", {"instances": [1]}))
    expect.splits(answers, {"echo": 20, "predictor": 80}, n=REQUESTS)
