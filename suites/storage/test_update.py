"""Where a model comes from changes."""

from kserve_conformance.checks import eventually, expect
from kserve_conformance.plugin import requirement


@requirement("KC-STOR-003")
def test_new_uri_serves_new_model(deploy, store, stored, requests, timings):
    """A service whose storage uri changes serves the model of the new one."""
    service = deploy(spec=stored(f"{store.public}/first/model.txt"))
    expect.serves_model(requests.told(service), "the first model")
    old = service.pods()
    service.update(spec=stored(f"{store.public}/second/model.txt"))
    answer = eventually(
        "a pod of the new revision to answer",
        lambda: requests.told(service),
        until=lambda sample: sample.status == 200 and sample.json()["pod"] not in old,
        within=timings.rollout,
    )
    expect.serves_model(answer, "the second model")
