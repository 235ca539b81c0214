"""What the platform refuses before it is stored."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement

UNKNOWN_AUTOSCALER = {"serving.kserve.io/autoscalerClass": "nosuch"}
SEARCH_PATH = {"env": [{"name": "PYTHONPATH", "value": "/tmp"}]}
SOURCES = [{"uri": "gs://kfserving-examples/models/sklearn/1.0/model", "mountPath": "/mnt/models"}]


@requirement("KC-ADM-001")
def test_contradictory_bounds_are_rejected(deploy):
    """A service whose minimum replicas exceed its maximum is rejected."""
    expect.rejected(deploy.dry_run(min_replicas=3, max_replicas=1), because="minreplicas")


@requirement("KC-ADM-002")
def test_unroutable_name_is_rejected(deploy):
    """A name that cannot become a host label is rejected."""
    expect.rejected(deploy.dry_run(exact_name="1abc"), because="1abc")


@requirement("KC-ADM-003")
def test_unknown_scale_metric_is_rejected(deploy):
    """An unknown scale metric is rejected."""
    expect.rejected(deploy.dry_run(scale_metric="qps", scale_target=10), because="qps")


@requirement("KC-ADM-004")
def test_two_frameworks_are_rejected(deploy):
    """A service with two model frameworks in its predictor is rejected."""
    expect.rejected(deploy.dry_run(frameworks=["sklearn", "xgboost"]), because="exactly one of")


@requirement("KC-ADM-005")
def test_dry_run_changes_nothing(deploy):
    """A dry run changes nothing."""
    admitted = deploy.dry_run()
    expect.accepted(admitted)
    expect.absent(admitted)


@requirement("KC-ADM-011")
def test_negative_minimum_is_rejected(deploy):
    """A service with a negative minimum of replicas is rejected."""
    expect.rejected(deploy.dry_run(min_replicas=-1), because="minreplicas")


@requirement("KC-ADM-012")
def test_unknown_autoscaler_is_rejected(deploy):
    """An autoscaler class that KServe does not know is rejected."""
    expect.rejected(deploy.dry_run(annotations=UNKNOWN_AUTOSCALER), because="nosuch")


@requirement("KC-ADM-013")
def test_unknown_logger_mode_is_rejected(deploy):
    """A logger mode other than all, request and response is rejected."""
    logger = {"mode": "sometimes", "url": "http://nowhere.example.com"}
    expect.rejected(deploy.dry_run(spec={"predictor": {"logger": logger}}), because="sometimes")


@requirement("KC-ADM-014")
def test_rate_of_nothing_is_rejected(deploy):
    """A target of no requests per second is rejected."""
    expect.rejected(deploy.dry_run(scale_metric="rps", scale_target=0), because="target for rps")


@requirement("KC-ADM-015")
def test_negative_concurrency_is_rejected(deploy):
    """A negative limit of concurrent requests is rejected."""
    expect.rejected(deploy.dry_run(spec={"predictor": {"containerConcurrency": -1}}), because="parallelism")


@requirement("KC-ADM-016")
def test_search_path_of_modules_is_rejected(deploy):
    """A model server with PYTHONPATH in its environment is rejected."""
    expect.rejected(deploy.dry_run(spec={"predictor": {"model": SEARCH_PATH}}), because="PYTHONPATH")


@requirement("KC-ADM-017")
def test_two_ways_to_say_a_source_are_rejected(deploy):
    """A model with both a storage URI and a list of them is rejected."""
    expect.rejected(deploy.dry_run(spec={"predictor": {"storageUris": SOURCES}}), because="setting both")
