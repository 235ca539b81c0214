"""How long a pod takes to go."""

from kserve_conformance.checks import eventually
from kserve_conformance.plugin import requirement

GRACE = 75  # seconds: a service's timeout is its pods' grace period; a queue proxy without requests waits for 30


@requirement("KC-RECOV-016")
def test_idle_pod_goes_in_time(deploy, timings):
    """A deleted pod that has nothing to do is gone half a minute before its grace period is over."""
    service = deploy(spec={"predictor": {"timeout": GRACE}})
    gone = service.delete_pod()
    eventually(
        "the pod to be gone", service.pods, until=lambda pods: gone not in pods, within=timings.drained(grace=GRACE)
    )
