"""Where a model may come from."""

from fixtures.iris import UNKNOWN_SCHEME
from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-ADM-009")
def test_unknown_storage_scheme_is_rejected(deploy):
    """A model URI of an unknown scheme is rejected."""
    expect.rejected(deploy.dry_run(storage_uri=UNKNOWN_SCHEME), because="not supported")
