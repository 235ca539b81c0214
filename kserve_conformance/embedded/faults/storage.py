"""Seeded defects of what fetches models."""

from __future__ import annotations

from kserve_conformance.embedded.faults import Fault

CREDENTIALS, GUARDED = "suites/storage/test_credentials.py", "suites/storage/test_guarded.py"

ALL = (
    Fault(
        "F079",
        "credentials-ignored",
        "storage",
        "the Secrets of a service's account are not given to what fetches its model",
        f"{CREDENTIALS}::test_private_model_is_fetched",
        (f"{CREDENTIALS}::test_secret_stays_secret",),
    ),
    Fault(
        "F080",
        "credentials-leaked",
        "storage",
        "credentials are copied into the pod instead of being referred to",
        f"{CREDENTIALS}::test_secret_stays_secret",
    ),
    Fault(
        "F081",
        "missing-model-not-reported",
        "controller",
        "the status says that a model failed, and not why",
        "suites/storage/test_missing.py::test_missing_model_is_reported",
    ),
    Fault(
        "F082",
        "stale-model-after-uri-change",
        "storage",
        "a service gets the model again that it had first",
        "suites/storage/test_update.py::test_new_uri_serves_new_model",
    ),
    Fault(
        "F146",
        "claim-path-ignored",
        "storage",
        "of a persistent volume claim everything is given to the model server, whatever the uri says",
        "suites/storage/test_claim.py::test_model_in_a_claim_is_served",
    ),
    Fault(
        "F260",
        "storage-key-ignored",
        "storage",
        "what fetches a model is not told the credentials of its storage key",
        f"{CREDENTIALS}::test_model_of_a_storage_key_is_fetched",
    ),
    Fault(
        "F261",
        "headers-ignored",
        "storage",
        "what fetches a model is not told the headers to ask with",
        f"{GUARDED}::test_guarded_model_is_fetched",
    ),
    Fault(
        "F262",
        "refused-model-passed",
        "storage initializer",
        "the storage initializer of a model that it may not have ends well",
        f"{GUARDED}::test_refused_model_is_reported",
    ),
    Fault(
        "F263",
        "archive-left-packed",
        "storage initializer",
        "an archive is given to the model server as it is",
        "suites/storage/test_archive.py::test_model_in_an_archive_is_unpacked",
    ),
)
