"""What a logger sends."""

from kserve_conformance.checks import consistently, eventually, expect
from kserve_conformance.plugin import requirement, slow

REQUESTS = 20


@requirement("KC-PIPE-022")
def test_events_say_what_they_are_of(logged, requests, sink):
    """A logger's events are CloudEvents 1.0 of KServe's types that name the service, its namespace and component."""
    number = f"kc-{logged.name}-attributes"
    expect.answered(requests.told(logged, headers={"ce-id": number}))
    named = {"inferenceservicename": logged.name, "namespace": logged.namespace, "component": "predictor"}
    expect.event_attributes(sink([number]), at_least=2, **named)


@requirement("KC-PIPE-023")
def test_events_hold_what_was_said(logged, requests, sink):
    """The data of a logger's events are the request and the response themselves."""
    number = f"kc-{logged.name}-data"
    answer = requests.told(logged, headers={"ce-id": number}, note=number)
    expect.answered(answer)
    expect.event_data(sink([number]), request={"instances": [1], "note": number}, response=answer.json())


@slow
@requirement("KC-PIPE-024")
def test_request_mode_logs_requests_only(logging, requests, sink, timings):
    """A logger of mode request sends an event of each request, and none of a response."""
    service = logging("request")
    ids = [f"kc-{service.name}-{number}" for number in range(REQUESTS)]
    expect.nothing_lost([requests.told(service, headers={"ce-id": each}) for each in ids], at_least=REQUESTS)
    eventually("all events", lambda: sink.kinds(ids), until=lambda n: n.total() >= REQUESTS, within=timings.reaction)
    consistently("no other event", lambda: sink.kinds(ids), lambda n: n == {"request": REQUESTS}, during=timings.settle)


@slow
@requirement("KC-PIPE-025")
def test_response_mode_logs_responses_only(logging, requests, sink, timings):
    """A logger of mode response sends an event of each response, and none of a request."""
    service = logging("response")
    ids = [f"kc-{service.name}-{number}" for number in range(REQUESTS)]
    expect.nothing_lost([requests.told(service, headers={"ce-id": each}) for each in ids], at_least=REQUESTS)
    eventually("all events", lambda: sink.kinds(ids), until=lambda n: n.total() >= REQUESTS, within=timings.reaction)
    consistently(
        "no other event", lambda: sink.kinds(ids), lambda n: n == {"response": REQUESTS}, during=timings.settle
    )
