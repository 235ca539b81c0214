"""What a storage initializer needs to get at a model: variables and volumes from Secrets.

kserve pkg/credentials: service_account_credentials.go, s3/, gcs/, https/, hf/ of v0.10.0 and v0.20.0.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping

from kserve_conformance.embedded import errors
from kserve_conformance.embedded.apiserver.resources import SECRETS, SERVICE_ACCOUNTS
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.objects import Obj, annotations_of

WEBHOOK = "inferenceservice.kserve-webhook-server.pod-mutator"
PLACEHOLDER = "<scheme-placeholder>://"
GROUP = "serving.kserve.io/"
TYPES, WITH_BUCKET = ("s3", "hdfs", "webhdfs"), ("s3",)
GCS_FOLDER = "/var/secrets/"
# Annotation of a Secret, the variable it becomes, and the setting of inferenceservice-config it overrides.
S3_SETTINGS = (
    ("s3-verifyssl", "S3_VERIFY_SSL", "s3VerifySSL"),
    ("s3-useanoncredential", "awsAnonymousCredential", "s3UseAnonymousCredential"),
    ("s3-region", "AWS_DEFAULT_REGION", "s3Region"),
    ("s3-usevirtualbucket", "S3_USER_VIRTUAL_BUCKET", "s3UseVirtualBucket"),
    ("s3-useaccelerate", "S3_USE_ACCELERATE", "s3UseAccelerate"),
    ("s3-cabundle", "AWS_CA_BUNDLE", "s3CABundle"),
    ("s3-cabundle-configmap", "AWS_CA_BUNDLE_CONFIGMAP", "s3CABundleConfigMap"),
)


class Credentials:
    """Adds to one initializer. `config` is the `credentials` document of inferenceservice-config."""

    def __init__(self, store: Store, faults: Faults, namespace: str, config: Obj) -> None:
        self._store = store
        self._faults = faults
        self._namespace = namespace
        self._config = config

    def from_storage_spec(self, container: Obj, key: str, parameters: Mapping[str, str], secret: str) -> None:
        """For `storage: {key, path, parameters}`. Raises ApiError 403 with KServe's words."""
        kind, bucket = parameters.get("type", ""), parameters.get("bucket", "")
        found = self._store.find(SECRETS, self._namespace, secret)
        if found is None and key:
            raise _denied(f'can\'t read storage secret {secret}: secrets "{secret}" not found')
        data = _data(found or {})
        if key and key not in data:
            raise _denied(f"specified storage key {key} not found in storage secret {secret}")
        entry = key or ("default" if not kind else f"default_{kind}")
        if entry in data:
            said = self._said(data[entry], entry, secret) if not kind else {}
            kind, bucket = kind or said.get("type", ""), bucket or said.get("bucket", "")
            if said.get("type") and kind not in TYPES:
                raise _denied(
                    f"storage type must be one of [{', '.join(TYPES)}]. storage type [{kind}] is not supported"
                )
            if not self._faults.fires("storage-key-ignored", self._namespace):  # F260
                reference = {"name": secret, "key": entry}
                container["env"].append({"name": "STORAGE_CONFIG", "valueFrom": {"secretKeyRef": reference}})
        if not kind:
            raise _denied("unable to determine storage type")
        if container["args"][0].startswith(PLACEHOLDER):
            path = container["args"][0].removeprefix(PLACEHOLDER)
            if kind in WITH_BUCKET and not bucket:
                raise _denied(f"format [{kind}] requires a bucket but one wasn't found in storage data or parameters")
            container["args"][0] = f"{kind}://{bucket}/{path}" if kind in WITH_BUCKET else f"{kind}://{path}"
        if parameters:
            text = json.dumps(dict(sorted(parameters.items())), separators=(",", ":"))
            container["env"].append({"name": "STORAGE_OVERRIDE_CONFIG", "value": text})

    def from_service_account(self, container: Obj, volumes: list[Obj], account: str, secret: str | None) -> None:
        """From the one Secret that the service names, or those of its service account. Raises ApiError 403."""
        found = self._store.find(SERVICE_ACCOUNTS, self._namespace, account or "default")
        if found is None:
            return
        if found.get("secrets") and self._faults.fires("credentials-ignored", self._namespace):  # F079
            return
        for name in [secret] if secret else [each["name"] for each in found.get("secrets") or ()]:
            self._from_secret(container, volumes, name)

    def _from_secret(self, container: Obj, volumes: list[Obj], name: str) -> None:
        secret = self._store.find(SECRETS, self._namespace, name)
        if secret is None:
            raise _denied(f'secrets "{name}" not found')
        data, env = _data(secret), container["env"]
        s3, gcs = self._config.get("s3") or {}, self._config.get("gcs") or {}
        key_file = gcs.get("gcsCredentialFileName") or "gcloud-application-credentials.json"
        secret_key = s3.get("s3SecretAccessKeyName") or "awsSecretAccessKey"
        if secret_key in data:
            access_key = s3.get("s3AccessKeyIDName") or "awsAccessKeyID"
            env.append(_reference("AWS_ACCESS_KEY_ID", name, access_key))
            if self._faults.fires("credentials-leaked", self._namespace):  # F080
                env.append({"name": "AWS_SECRET_ACCESS_KEY", "value": data[secret_key]})
            else:
                env.append(_reference("AWS_SECRET_ACCESS_KEY", name, secret_key))
            env.extend(_s3(annotations_of(secret), data, s3))
        elif key_file in data:
            volumes.append({"name": "user-gcp-sa", "secret": {"secretName": name}})
            mount = {"name": "user-gcp-sa", "mountPath": GCS_FOLDER, "readOnly": True}
            container["volumeMounts"].append(mount)
            env.append({"name": "GOOGLE_APPLICATION_CREDENTIALS", "value": GCS_FOLDER + key_file})
        elif "https-host" in data:
            if "headers" in data and not self._faults.fires("headers-ignored", self._namespace):  # F261
                env.append({"name": f"{data['https-host']}-headers", "value": data["headers"]})
        elif "HF_TOKEN" in data:
            env.append(_reference("HF_TOKEN", name, "HF_TOKEN"))

    @staticmethod
    def _said(text: str, key: str, secret: str) -> dict[str, str]:
        try:
            said: dict[str, str] = json.loads(text)
        except ValueError as error:
            raise _denied(f"invalid json encountered in key {key} of storage secret {secret}: {error}") from error
        return said


def _s3(annotations: Mapping[str, str], data: Mapping[str, str], config: Obj) -> Iterator[Obj]:
    """Annotations of the Secret come before its data (0.11), and both before the platform's settings."""

    def value(annotation: str, variable: str, setting: str) -> str:
        return str(annotations.get(GROUP + annotation, data.get(variable, config.get(setting, ""))))

    endpoint = value("s3-endpoint", "S3_ENDPOINT", "s3Endpoint")
    if endpoint:
        https = value("s3-usehttps", "S3_USE_HTTPS", "s3UseHttps")
        scheme, _, host = endpoint.rpartition("://")
        if https:
            yield {"name": "S3_USE_HTTPS", "value": https}
            scheme = "http" if https == "0" else "https"
        yield {"name": "S3_ENDPOINT", "value": host}
        yield {"name": "AWS_ENDPOINT_URL", "value": f"{scheme or 'https'}://{host}"}
    for annotation, variable, setting in S3_SETTINGS:
        found = value(annotation, variable, setting)
        if found:
            yield {"name": variable, "value": found}


def _data(secret: Obj) -> dict[str, str]:
    encoded = secret.get("data") or {}
    return {key: base64.b64decode(value).decode(errors="replace") for key, value in encoded.items()}


def _reference(variable: str, secret: str, key: str) -> Obj:
    return {"name": variable, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}


def _denied(what: str) -> errors.ApiError:
    return errors.denied(WEBHOOK, what)
