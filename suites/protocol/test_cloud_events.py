"""CloudEvents in, CloudEvents out."""

from fixtures.iris import CLASSES, INSTANCES
from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement

MINE = {"specversion": "1.0", "id": "kc-question", "type": "com.example.question", "source": "https://example.com/kc"}
ANSWER = {"type": "io.kserve.inference.response", "not_id": MINE["id"]}
SOURCE = "io.kserve.inference."


@requirement("KC-CE-001")
def test_binary_event_is_answered_with_one(iris, requests):
    """A prediction asked for by a CloudEvent in binary mode is answered with one, which has an id of its own."""
    headers = {f"ce-{name}": text for name, text in MINE.items()}
    answer = requests.predict(iris, INSTANCES, headers=headers)
    expect.binary_event(answer, source=SOURCE + iris.model_name, **ANSWER)
    expect.predictions(answer, CLASSES)


@requirement("KC-CE-002")
def test_structured_event_is_answered_with_one(iris, requests):
    """A prediction asked for by a CloudEvent in structured mode is answered with one, which has an id of its own."""
    event = {**MINE, "time": "2026-01-01T00:00:00Z", "data": {"instances": INSTANCES}}
    answer = requests.predict_event(iris, event)
    expect.structured_event(answer, source=SOURCE + iris.model_name, data={"predictions": CLASSES}, **ANSWER)
