"""What a Deployment in Standard mode has by default."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement

PROBE = {
    "tcpSocket": {"port": 8080},
    "timeoutSeconds": 1,
    "periodSeconds": 10,
    "successThreshold": 1,
    "failureThreshold": 3,
}


@requirement("KC-STD-012")
def test_deployment_has_the_defaults(standard_pipeline, behind, rolling_update):
    """The Deployment of a service in Standard mode that says nothing of them has KServe's strategy, deadlines and
    readiness probe.
    """
    spec = behind(standard_pipeline).deployment()
    strategy = {"type": "RollingUpdate", "rollingUpdate": rolling_update}
    expect.equal(spec["strategy"], strategy, of="the Deployment's strategy")
    expect.equal(spec["progressDeadlineSeconds"], 600, of="the Deployment's deadline in seconds")
    expect.equal(spec["revisionHistoryLimit"], 10, of="the number of old revisions kept")
    pod = spec["template"]["spec"]
    expect.equal(pod["terminationGracePeriodSeconds"], 30, of="the grace period in seconds")
    expect.equal(pod["containers"][0].get("readinessProbe"), PROBE, of="the readiness probe")
