"""What happens when a model server ends by itself, or works no more."""

from fixtures.iris import INSTANCES
from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement, slow

FETCHED = {"STORAGE_URI": "gs://kfserving-examples/models/sklearn/1.0/model"}
FILES = ["model.joblib"]
LIVENESS = {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1, "failureThreshold": 3, "timeoutSeconds": 1}


@requirement("KC-RECOV-006")
def test_crashed_model_server_is_restarted(deploy, witness, crash, first_answer):
    """A model server that crashes is started again in its pod and answers."""
    service = deploy(spec={"predictor": witness()})
    pods = service.pods()
    crash(service)
    expect.predictions(first_answer(service, INSTANCES), INSTANCES)
    expect.equal(service.pods(), pods, of="pods")


@requirement("KC-RECOV-007")
def test_restarted_container_finds_its_model(deploy, witness, crash, requests, first_answer):
    """A container that is started again finds the model that was fetched before its first start."""
    service = deploy(spec={"predictor": witness(**FETCHED)})
    expect.files_found(requests.predict(service, INSTANCES), FILES)
    crash(service)
    expect.files_found(first_answer(service, INSTANCES), FILES)


@slow
@requirement("KC-RECOV-018")
def test_hung_model_server_is_restarted(deploy, witness, hang, first_answer):
    """A model server that hangs and has a liveness probe is started again in its pod and answers."""
    service = deploy(spec={"predictor": witness(liveness=LIVENESS)})
    pods = service.pods()
    hang(service)
    expect.predictions(first_answer(service, INSTANCES), INSTANCES)
    expect.equal(service.pods(), pods, of="pods")
