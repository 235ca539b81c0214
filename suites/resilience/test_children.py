"""What happens when somebody lays hands on what KServe made for a service."""

from fixtures.iris import CLASSES, INSTANCES
from kserve_conformance.checks import eventually, expect
from kserve_conformance.plugin import requirement

ANOTHER_TIMEOUT = {"template": {"spec": {"timeoutSeconds": 77}}}


@requirement("KC-RECOV-012")
def test_deleted_knative_service_is_made_again(deploy, knative_service, first_answer, timings):
    """A deleted Knative Service of a service is made again, and its model answers."""
    service = deploy()
    child = knative_service(service)
    gone = child.delete()
    eventually(
        "another Knative Service to be Ready",
        child.ready_uid,
        until=lambda uid: uid not in ("", gone),
        within=timings.deletion + timings.rollout,
    )
    expect.predictions(first_answer(service, INSTANCES), CLASSES)


@requirement("KC-RECOV-013")
def test_deleted_route_is_made_again(deploy, virtual_service, first_answer, timings):
    """A deleted VirtualService of a service is made again, and its model answers."""
    service = deploy()
    child = virtual_service(service)
    gone = child.delete()
    eventually("another one", child.uid, until=lambda uid: uid not in ("", gone), within=timings.reaction)
    expect.predictions(first_answer(service, INSTANCES), CLASSES)


@requirement("KC-RECOV-014")
def test_edited_knative_service_is_put_back(deploy, knative_service, requests, timings):
    """What somebody changes by hand at the Knative Service of a service is put back, and its model answers."""
    service = deploy()
    child = knative_service(service)
    before = child.spec()
    expect.differs(child.edit(ANOTHER_TIMEOUT), before, of="the edited specification")
    eventually("KServe's own specification", child.spec, until=lambda spec: spec == before, within=timings.reaction)
    expect.predictions(requests.predict(service, INSTANCES), CLASSES)
