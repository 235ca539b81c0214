"""What the platform refuses before it is stored."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


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
