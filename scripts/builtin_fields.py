"""`python scripts/builtin_fields.py FOLDER`: the fields of the built-in kinds, from Kubernetes' Go types, as one JSON.

FOLDER holds unpacked sources of the Go modules k8s.io/api, k8s.io/apimachinery, k8s.io/apiextensions-apiserver and
k8s.io/kube-aggregator under their last names, all of one release. Only facts are taken: the name, protobuf number and
type of every field. `--check` writes nothing and fails when the committed file says anything else.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "kserve_conformance" / "embedded" / "apiserver" / "fields.json"

# Our name of a package of Go types: its folder.
PACKAGES = {
    "admissionregistration": "api/admissionregistration/v1",
    "apiextensions": "apiextensions-apiserver/pkg/apis/apiextensions/v1",
    "apiregistration": "kube-aggregator/pkg/apis/apiregistration/v1",
    "apps": "api/apps/v1",
    "authentication": "api/authentication/v1",
    "authorization": "api/authorization/v1",
    "autoscaling": "api/autoscaling/v1",
    "autoscalingV2": "api/autoscaling/v2",
    "batch": "api/batch/v1",
    "certificates": "api/certificates/v1",
    "coordination": "api/coordination/v1",
    "core": "api/core/v1",
    "discovery": "api/discovery/v1",
    "meta": "apimachinery/pkg/apis/meta/v1",
    "networking": "api/networking/v1",
    "node": "api/node/v1",
    "policy": "api/policy/v1",
    "rbac": "api/rbac/v1",
    "scheduling": "api/scheduling/v1",
    "storage": "api/storage/v1",
}
# Every kind that the embedded API server serves or reads, by package.
KINDS = {
    "admissionregistration": (
        "MutatingWebhookConfiguration",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
    ),
    "apiextensions": ("CustomResourceDefinition",),
    "apiregistration": ("APIService",),
    "apps": ("ControllerRevision", "DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"),
    "authentication": ("SelfSubjectReview", "TokenRequest", "TokenReview"),
    "authorization": (
        "LocalSubjectAccessReview",
        "SelfSubjectAccessReview",
        "SelfSubjectRulesReview",
        "SubjectAccessReview",
    ),
    "autoscaling": ("Scale",),
    "autoscalingV2": ("HorizontalPodAutoscaler",),
    "batch": ("CronJob", "Job"),
    "certificates": ("CertificateSigningRequest",),
    "coordination": ("Lease",),
    "core": (
        "ConfigMap",
        "Endpoints",
        "Event",
        "LimitRange",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PersistentVolumeClaim",
        "Pod",
        "PodTemplate",
        "ReplicationController",
        "ResourceQuota",
        "Secret",
        "Service",
        "ServiceAccount",
    ),
    "discovery": ("EndpointSlice",),
    "meta": ("Condition", "DeleteOptions"),
    "networking": ("Ingress", "IngressClass", "NetworkPolicy"),
    "node": ("RuntimeClass",),
    "policy": ("Eviction", "PodDisruptionBudget"),
    "rbac": ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"),
    "scheduling": ("PriorityClass",),
    "storage": ("CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"),
}
# Types with a wire form or a meaning of their own.
SPECIAL = {
    "meta.Time": "Time",
    "meta.MicroTime": "MicroTime",
    "meta.FieldsV1": "any",
    "resource.Quantity": "Quantity",
    "intstr.IntOrString": "IntOrString",
    "runtime.RawExtension": "any",
    "runtime.Object": "any",
    "apiextensions.JSON": "any",
    "apiextensions.JSONSchemaPropsOrArray": "any",
    "apiextensions.JSONSchemaPropsOrBool": "any",
    "apiextensions.JSONSchemaPropsOrStringArray": "any",
}
PLAIN = {
    "string": "string",
    "bool": "boolean",
    "float64": "number",
    **dict.fromkeys(("int", "int32", "int64"), "integer"),
}
OWN = {"types.UID": "string", "authenticationv1.UserInfo": "authentication.UserInfo"}
TYPE = re.compile(r"^type (\w+) (?:struct \{$(.*?)^\}|(\S+)$)", re.MULTILINE | re.DOTALL)
FIELD = re.compile(r"^\t(?:(\w+)[ \t]+)?([\w.*\[\]]+)[ \t]+`([^`]*)`", re.MULTILINE)
IMPORT = re.compile(r'^\t(\w+) "k8s.io/([^"]+)"', re.MULTILINE)

Fields = dict[str, tuple[int, str]]


@dataclass(frozen=True)
class Struct:
    """A struct's fields, in the words of `fields.json`."""

    fields: Fields


@dataclass(frozen=True)
class Alias:
    """Another name for a type."""

    text: str


def described(folder: Path, kinds: Iterable[str]) -> Mapping[str, Fields]:
    """Every type that the kinds consist of, sorted. Raises KeyError for a kind that is not there."""
    known: dict[str, Struct | Alias] = {}
    for package, place in PACKAGES.items():
        for file in sorted((folder / place).glob("*.go")):
            known |= declared(package, file.read_text(encoding="utf-8"))
    found: dict[str, Fields] = {}
    waiting = list(kinds)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        struct = known[name]
        assert isinstance(struct, Struct), name
        found[name] = {field: (number, _resolved(text, known)) for field, (number, text) in struct.fields.items()}
        waiting += [bare for _, text in found[name].values() if isinstance(known.get(bare := _bare(text)), Struct)]
    return {name: found[name] for name in sorted(found)}


def declared(package: str, source: str) -> dict[str, Struct | Alias]:
    """The types that one Go file of a package declares."""
    packages = {
        place.partition("/")[2] if place.startswith("k8s.io/") else place: name for name, place in PACKAGES.items()
    }
    imported = {alias: packages.get(path, alias) for alias, path in IMPORT.findall(source)}
    imported |= {"metav1": "meta", "v1": imported.get("v1", "core")}
    found: dict[str, Struct | Alias] = {}
    for name, body, other in TYPE.findall(source):
        if other:
            found[f"{package}.{name}"] = Alias(_named(other, package, imported))
            continue
        fields: Fields = {}
        for field, kind, tag in FIELD.findall(body):
            tags = dict(re.findall(r'(\w+):"([^"]*)"', tag))
            json_name, number = tags.get("json", "").partition(",")[0], re.search(r",(\d+),", tags.get("protobuf", ""))
            if kind.endswith("TypeMeta"):
                fields |= {"apiVersion": (0, "string"), "kind": (0, "string")}
            elif json_name != "-":
                key = json_name or f"+{field or kind.rpartition('.')[2]}"
                fields[key] = (int(number[1]) if number else 0, _named(kind, package, imported))
        found[f"{package}.{name}"] = Struct(fields)
    return found


def _named(kind: str, package: str, imported: Mapping[str, str]) -> str:
    """A Go type in our words, as far as one file knows."""
    if kind.startswith("*"):
        return "*" + _named(kind[1:], package, imported)
    if kind == "[]byte":
        return "bytes"
    if kind.startswith("[]"):
        return "[]" + _named(kind[2:], package, imported)
    if kind.startswith("map["):
        return "{}" + _named(kind.partition("]")[2], package, imported)
    if kind in PLAIN:
        return PLAIN[kind]
    alias, _, name = kind.rpartition(".")
    full = f"{imported.get(alias, alias) if alias else package}.{name}"
    return OWN.get(full, SPECIAL.get(full, full))


def _resolved(text: str, known: Mapping[str, Struct | Alias]) -> str:
    """Aliases taken for what they stand for; a list or a map may be absent anyhow."""
    bare = _bare(text)
    found = known.get(bare)
    if isinstance(found, Alias):
        text = text.removesuffix(bare) + _resolved(found.text, known)
    for container in ("[]", "{}"):
        text = text.replace(f"{container}*", container).replace(f"*{container}", container)
    return text


def _bare(text: str) -> str:
    return text.lstrip("*[]{}")


def written(types: Mapping[str, Fields]) -> str:
    """One type a line, so that a change is seen."""
    lines = (f"{json.dumps(name)}:{json.dumps(fields, separators=(',', ':'))}" for name, fields in types.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="The fields of the built-in kinds, from Kubernetes' Go types.")
    parser.add_argument("folder", type=Path, help="unpacked k8s.io modules, by their last names")
    parser.add_argument("--check", action="store_true", help="compare with the committed file instead of writing it")
    asked = parser.parse_args(arguments)
    kinds = [f"{package}.{kind}" for package, names in KINDS.items() for kind in names]
    text = written(described(asked.folder, kinds))
    if not asked.check:
        TARGET.write_text(text, encoding="utf-8")
        return 0
    if text == TARGET.read_text(encoding="utf-8"):
        return 0
    print(f"{TARGET.relative_to(ROOT)} is not what these sources say", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
