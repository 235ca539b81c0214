"""Requests made up by schemathesis from the platform's own OpenAPI documents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error

from kserve_conformance.embedded import admission
from kserve_conformance.embedded.stacks import STACKS
from tests.embedded_apiserver.serving import Served, serve

DOCUMENTS = ("api/v1", "apis/apps/v1", "apis/serving.kserve.io/v1beta1")
BOUNDED = settings(max_examples=2, deadline=None, database=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("fuzzing")) as running:
        admission.install(running.store, STACKS["current"], running.faults)
        yield running


@pytest.mark.parametrize("path", DOCUMENTS)
def test_no_documented_request_breaks_the_server(served: Served, path: str) -> None:
    document: Any = served.http.get(f"/openapi/v3/{path}").json()
    schema = schemathesis.openapi.from_dict(document)
    for found in schema.get_all_operations():

        def try_it(case: Any) -> None:
            case.call_and_validate(
                base_url=f"https://127.0.0.1:{served.server.port}",
                headers={"Authorization": f"Bearer {served.token}"},
                verify=str(served.settings.run_dir / "server.crt"),
                checks=[not_a_server_error],
            )

        BOUNDED(given(case=found.ok().as_strategy())(try_it))()
