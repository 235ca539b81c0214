"""What the kubelet makes of variables and volumes before a container starts."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from kserve_conformance.embedded.apiserver.resources import CONFIG_MAPS, SECRETS, Resource
from kserve_conformance.embedded.node.configuration import ConfigError, Configuration
from kserve_conformance.embedded.objects import Obj

ADDRESS = "127.9.1.5"
OBJECTS: dict[tuple[Resource, str], Obj] = {
    (SECRETS, "keys"): {
        "data": {"id": base64.b64encode(b"me").decode(), "file.json": base64.b64encode(b"{}").decode()}
    },
    (CONFIG_MAPS, "settings"): {"data": {"COLOUR": "green"}},
}


def find(resource: Resource, namespace: str, name: str) -> Obj | None:
    assert namespace == "team-a"
    return OBJECTS.get((resource, name))


def configuration(folder: Path, *, volumes: list[Obj] | None = None) -> Configuration:
    meta = {"name": "p", "namespace": "team-a", "uid": "u-1", "labels": {"app": "iris"}}
    pod = {"metadata": meta, "spec": {"nodeName": "n", "volumes": volumes or []}}
    return Configuration(pod, ADDRESS, folder, find=find, claim=lambda namespace, claim: folder / namespace / claim)


def variables(folder: Path, **container: Any) -> dict[str, str]:
    return configuration(folder).of(container).env


def secret_key(name: str, key: str, **more: Any) -> Obj:
    return {"valueFrom": {"secretKeyRef": {"name": name, "key": key, **more}}}


def field(path: str) -> Obj:
    return {"valueFrom": {"fieldRef": {"fieldPath": path}}}


def test_variables_from_everywhere(tmp_path: Path) -> None:
    env = [
        {"name": "ID", **secret_key("keys", "id")},
        {"name": "GREETING", "value": "I am $(ID), not $(NOBODY), for $$(ID)"},
        {"name": "IP", **field("status.podIP")},
        {"name": "APP", **field("metadata.labels['app']")},
    ]
    found = variables(tmp_path, env=env, envFrom=[{"prefix": "MY_", "configMapRef": {"name": "settings"}}])
    assert found == {
        "HOSTNAME": "p",
        "MY_COLOUR": "green",
        "ID": "me",
        "GREETING": "I am me, not $(NOBODY), for $(ID)",
        "IP": ADDRESS,
        "APP": "iris",
    }


@pytest.mark.parametrize(
    ("env", "message"),
    [
        (secret_key("none", "id"), 'secret "none" not found'),
        (secret_key("keys", "none"), "couldn't find key none in Secret team-a/keys"),
        ({"valueFrom": {"configMapKeyRef": {"name": "none", "key": "x"}}}, 'configmap "none" not found'),
    ],
)
def test_what_is_missing_is_said_as_the_kubelet_says_it(tmp_path: Path, env: Obj, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        variables(tmp_path, env=[{"name": "X", **env}])


def test_what_is_optional_may_be_missing(tmp_path: Path) -> None:
    env = [
        {"name": "X", **secret_key("none", "id", optional=True)},
        {"name": "Y", **secret_key("keys", "no", optional=True)},
    ]
    assert variables(tmp_path, env=env) == {"HOSTNAME": "p"}


def test_paths_below_a_mount_are_real(tmp_path: Path) -> None:
    volumes: list[Obj] = [
        {"name": "secret", "secret": {"secretName": "keys", "items": [{"key": "file.json", "path": "a/key.json"}]}},
        {"name": "claim", "persistentVolumeClaim": {"claimName": "models"}},
    ]
    mounts = [
        {"name": "secret", "mountPath": "/var/secrets/"},
        {"name": "claim", "mountPath": "/mnt/models", "subPath": "iris"},
    ]
    made = configuration(tmp_path, volumes=volumes)
    made.set_up()
    env = [{"name": "KEY", "value": "/var/secrets/a/key.json"}, {"name": "OTHER", "value": "http://x/mnt/models"}]
    found = made.of({"env": env, "args": ["--model_dir=/mnt/models", "/mnt/models2"], "volumeMounts": mounts})
    assert Path(found.env["KEY"]).read_text() == "{}"
    assert found.env["OTHER"] == "http://x/mnt/models"
    assert list(found.args) == [f"--model_dir={tmp_path}/team-a/models/iris", "/mnt/models2"]


def test_a_volume_of_a_secret_that_is_not_there(tmp_path: Path) -> None:
    made = configuration(tmp_path, volumes=[{"name": "v", "secret": {"secretName": "none"}}])
    with pytest.raises(ConfigError, match=r'MountVolume\.SetUp failed for volume "v" : secret "none" not found'):
        made.set_up()
