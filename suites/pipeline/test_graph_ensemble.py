"""A graph that asks several services and merges what they say."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-PIPE-016")
def test_every_answer_is_merged(pipeline, echo, graph, requests):
    """An ensemble answers with what each of its steps said, under its name, or its position when it has none."""
    steps = [{"serviceName": echo.name, "name": "first"}, {"serviceName": pipeline.name}]
    ensemble = graph(root={"routerType": "Ensemble", "steps": steps})
    expect.merged(requests.post(ensemble, "/", {"instances": [1]}), {"first": "echo", "1": "predictor"})


@requirement("KC-PIPE-017")
def test_steps_are_asked_at_once(deploy, witness, graph, requests):
    """The steps of an ensemble are asked at the same time."""
    twice = deploy(spec={"predictor": witness(NAME="twice")}, max_replicas=1)
    steps = [{"serviceName": twice.name, "name": "one"}, {"serviceName": twice.name, "name": "other"}]
    ensemble = graph(root={"routerType": "Ensemble", "steps": steps})
    expect.inside_at_once(requests.post(ensemble, "/", {"instances": [1], "sleep": 1}), 2)
