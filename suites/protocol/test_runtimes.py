"""The model servers of KServe's other formats, each with the published iris example."""

from fixtures.iris import CLASSES, INSTANCES, V2_REQUEST
from fixtures.questions import FRAMES, LIGHTGBM, LIGHTGBM_V2, XGBOOST, XGBOOST_V2, v2_golden
from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-RT-001")
def test_xgboost_v1_is_golden(deploy, requests):
    """An XGBoost model has the golden V1 predictions."""
    service = deploy(model_format="xgboost", storage_uri=XGBOOST)
    expect.predictions(requests.predict(service, INSTANCES), CLASSES)


@requirement("KC-RT-002")
def test_xgboost_v2_is_golden(deploy, requests):
    """An XGBoost model has the golden V2 inference."""
    service = deploy(model_format="xgboost", storage_uri=XGBOOST_V2, protocol="v2")
    expect.outputs(requests.infer(service, V2_REQUEST), v2_golden(CLASSES, datatype="FP32"))


@requirement("KC-RT-003")
def test_lightgbm_v1_is_golden(deploy, requests):
    """A LightGBM model gives the golden class of each V1 data frame the largest share."""
    service = deploy(model_format="lightgbm", storage_uri=LIGHTGBM)
    answer = requests.post(service, f"/v1/models/{service.model_name}:predict", FRAMES)
    expect.largest_shares(answer, CLASSES)


@requirement("KC-RT-004")
def test_lightgbm_v2_is_golden(deploy, requests):
    """A LightGBM model gives the golden class of each V2 row the largest share."""
    service = deploy(model_format="lightgbm", storage_uri=LIGHTGBM_V2, protocol="v2")
    expect.largest_shares(requests.infer(service, V2_REQUEST), CLASSES)
