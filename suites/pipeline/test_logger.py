"""Requests and responses as events."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement

REQUESTS = 20


@requirement("KC-PIPE-004")
def test_logger_keeps_status_codes(logged, echo, requests):
    """A service with a logger answers errors with the status that it has without one."""
    expect.same_status(requests.told(logged, status=400), requests.told(echo, status=400), code=400)
    expect.same_status(requests.told(logged, status=500), requests.told(echo, status=500), code=500)


@requirement("KC-PIPE-005")
def test_each_request_is_logged_once(logged, requests, sink):
    """Each request to a service with a logger makes one request event and one response event of the same id."""
    ids = [f"kc-{logged.name}-{number}" for number in range(REQUESTS)]
    answers = [requests.told(logged, headers={"ce-id": each}) for each in ids]
    expect.nothing_lost(answers, at_least=REQUESTS)
    expect.logged_once(sink(ids), ids, service=logged.name, at_least=REQUESTS)


@requirement("KC-PIPE-008")
def test_sink_that_is_away_harms_nobody(deploy, witness, requests):
    """A service whose logger has nobody to send events to answers every request all the same."""
    logger = {"mode": "all", "url": "http://nobody.nowhere.svc.cluster.local/"}
    service = deploy(spec={"predictor": {**witness(NAME="alone"), "logger": logger}})
    expect.nothing_lost([requests.told(service) for _ in range(REQUESTS)], at_least=REQUESTS)
