"""Columns of the kinds in `stored_kinds` that a JSONPath cannot give (kubernetes pkg/printers/internalversion)."""

from __future__ import annotations

import datetime
from typing import Any

from kserve_conformance.embedded.apiserver import stored_kinds as kinds
from kserve_conformance.embedded.apiserver.cells import Cells, age, age_of, find
from kserve_conformance.embedded.apiserver.kinds import Resource
from kserve_conformance.embedded.apiserver.resources import HORIZONTAL_POD_AUTOSCALERS, KUBE_INGRESSES
from kserve_conformance.embedded.objects import Obj, annotations_of, condition, is_terminating

MODES = {
    "ReadWriteOnce": "RWO",
    "ReadOnlyMany": "ROX",
    "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP",
}
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


def shown_name(obj: Obj) -> str:
    """The default StorageClass is marked beside its name."""
    name: str = obj["metadata"]["name"]
    default = obj["kind"] == "StorageClass" and annotations_of(obj).get(DEFAULT_CLASS) == "true"
    return f"{name} (default)" if default else name


def _or_none(value: Any) -> Any:
    return "<none>" if value in (None, "") else value


def selector_of(selector: Obj | None) -> str:
    """A LabelSelector in one line (apimachinery meta/v1 FormatLabelSelector)."""
    terms = [f"{name}={value}" for name, value in sorted(((selector or {}).get("matchLabels") or {}).items())]
    for each in (selector or {}).get("matchExpressions") or ():
        values, operator = ",".join(sorted(each.get("values") or ())), each["operator"]
        if operator in ("In", "NotIn"):
            terms.append(f"{each['key']} {operator.lower()} ({values})")
        else:
            terms.append(f"{'!' if operator == 'DoesNotExist' else ''}{each['key']}")
    return ",".join(terms) or "<none>"


def _images(template: Obj) -> list[Any]:
    containers = (template.get("spec") or {}).get("containers") or ()
    return [",".join(each["name"] for each in containers), ",".join(each.get("image", "") for each in containers)]


def _modes(obj: Obj) -> str:
    found = find(obj, ".status.accessModes") or find(obj, ".spec.accessModes") or ()
    return ",".join(MODES.get(each, each) for each in found)


def _claim(obj: Obj) -> list[Any]:
    bound = obj["spec"].get("volumeName", "")
    return [
        "Terminating" if is_terminating(obj) else find(obj, ".status.phase"),
        bound,
        (find(obj, ".status.capacity.storage") or "") if bound else "",
        _modes(obj) if bound else "",
        obj["spec"].get("storageClassName", ""),
        "<unset>",
        age_of(obj),
        obj["spec"].get("volumeMode", "<unset>"),
    ]


def _volume(obj: Obj) -> list[Any]:
    spec, claim = obj["spec"], obj["spec"].get("claimRef")
    return [
        find(obj, ".spec.capacity.storage"),
        _modes(obj),
        spec.get("persistentVolumeReclaimPolicy", "Retain"),
        "Terminating" if is_terminating(obj) else find(obj, ".status.phase"),
        f"{claim['namespace']}/{claim['name']}" if claim else "",
        spec.get("storageClassName", ""),
        "<unset>",
        find(obj, ".status.reason") or "",
        age_of(obj),
        spec.get("volumeMode", "<unset>"),
    ]


def _stateful_set(obj: Obj) -> list[Any]:
    ready = find(obj, ".status.readyReplicas") or 0
    return [f"{ready}/{obj['spec'].get('replicas', 1)}", age_of(obj), *_images(obj["spec"]["template"])]


def _daemon_set(obj: Obj) -> list[Any]:
    status, template = obj.get("status") or {}, obj["spec"]["template"]
    nodes = (template.get("spec") or {}).get("nodeSelector") or {}
    return [
        status.get("desiredNumberScheduled", 0),
        status.get("currentNumberScheduled", 0),
        status.get("numberReady", 0),
        status.get("updatedNumberScheduled", 0),
        status.get("numberAvailable", 0),
        selector_of({"matchLabels": nodes}),
        age_of(obj),
        *_images(template),
        selector_of(obj["spec"].get("selector")),
    ]


def _replication_controller(obj: Obj) -> list[Any]:
    status, spec = obj.get("status") or {}, obj["spec"]
    return [
        spec.get("replicas", 1),
        status.get("replicas", 0),
        status.get("readyReplicas", 0),
        age_of(obj),
        *_images(spec.get("template") or {}),
        selector_of({"matchLabels": spec.get("selector")}),
    ]


def _job(obj: Obj) -> list[Any]:
    status, wanted = obj.get("status") or {}, obj["spec"].get("completions", 1)
    state = "Running"
    for name, shown in (("Complete", "Complete"), ("Failed", "Failed"), ("Suspended", "Suspended")):
        if (condition(obj, name) or {}).get("status") == "True":
            state = shown
            break
    started, ended = status.get("startTime"), status.get("completionTime")
    took = age(started) if started else ""
    if started and ended:
        seconds = datetime.datetime.fromisoformat(ended) - datetime.datetime.fromisoformat(started)
        took = f"{int(seconds.total_seconds())}s"
    completions = f"{status.get('succeeded', 0)}/{wanted}"
    selector = selector_of(obj["spec"].get("selector"))
    return [state, completions, took, age_of(obj), *_images(obj["spec"]["template"]), selector]


def _cron_job(obj: Obj) -> list[Any]:
    spec, last = obj["spec"], find(obj, ".status.lastScheduleTime")
    return [
        spec["schedule"],
        _or_none(spec.get("timeZone")),
        str(bool(spec.get("suspend"))),
        len(find(obj, ".status.active") or ()),
        age(last) if last else "<none>",
        age_of(obj),
        *_images(find(obj, ".spec.jobTemplate.spec.template") or {}),
        "<none>",
    ]


def _autoscaler(obj: Obj) -> list[Any]:
    spec, about = obj["spec"], obj["spec"]["scaleTargetRef"]
    current = {find(each, ".resource.name"): each for each in find(obj, ".status.currentMetrics") or ()}
    targets = [_target(each, current) for each in spec.get("metrics") or ()]
    return [
        f"{about['kind']}/{about['name']}",
        ", ".join(targets) or "<none>",
        spec.get("minReplicas", "<unset>"),
        spec["maxReplicas"],
        find(obj, ".status.currentReplicas") or 0,
        age_of(obj),
    ]


def _target(metric: Obj, current: dict[Any, Obj]) -> str:
    if metric["type"] != "Resource":
        source = metric["type"][0].lower() + metric["type"][1:]
        return f"<unknown>/{find(metric, f'.{source}.target.averageValue')}"
    about = metric["resource"]
    wanted, seen = about["target"], find(current.get(about["name"]), ".resource.current") or {}
    if wanted.get("averageUtilization") is not None:
        now = seen.get("averageUtilization")
        return f"{about['name']}: {'<unknown>' if now is None else f'{now}%'}/{wanted['averageUtilization']}%"
    return f"{about['name']}: {seen.get('averageValue', '<unknown>')}/{wanted.get('averageValue')}"


def _disruption_budget(obj: Obj) -> list[Any]:
    spec = obj["spec"]
    allowed = find(obj, ".status.disruptionsAllowed") or 0
    return [spec.get("minAvailable", "N/A"), spec.get("maxUnavailable", "N/A"), allowed, age_of(obj)]


def _ingress(obj: Obj) -> list[Any]:
    spec = obj.get("spec") or {}
    hosts = [each["host"] for each in spec.get("rules") or () if each.get("host")]
    given = find(obj, ".status.loadBalancer.ingress") or ()
    addresses = ",".join(each.get("ip") or each.get("hostname", "") for each in given)
    ports = "80, 443" if spec.get("tls") else "80"
    return [_or_none(spec.get("ingressClassName")), ",".join(hosts) or "*", addresses, ports, age_of(obj)]


def _ingress_class(obj: Obj) -> list[Any]:
    about = find(obj, ".spec.parameters")
    named = (
        f"{about['kind']}{'.' + about['apiGroup'] if about.get('apiGroup') else ''}/{about['name']}" if about else ""
    )
    return [find(obj, ".spec.controller"), named or "<none>", age_of(obj)]


def _storage_class(obj: Obj) -> list[Any]:
    return [
        obj["provisioner"],
        obj.get("reclaimPolicy", "Delete"),
        obj.get("volumeBindingMode", "Immediate"),
        bool(obj.get("allowVolumeExpansion")),
        age_of(obj),
    ]


def _binding(obj: Obj) -> list[Any]:
    role, subjects = obj["roleRef"], obj.get("subjects") or ()
    names: dict[str, list[str]] = {"User": [], "Group": [], "ServiceAccount": []}
    for each in subjects:
        place = f"{each.get('namespace', '')}/" if each["kind"] == "ServiceAccount" else ""
        names.setdefault(each["kind"], []).append(place + each["name"])
    listed = [", ".join(names[kind]) for kind in ("User", "Group", "ServiceAccount")]
    return [f"{role['kind']}/{role['name']}", age_of(obj), *listed]


def _api_service(obj: Obj) -> list[Any]:
    service = find(obj, ".spec.service")
    available = condition(obj, "Available") or {}
    status = available.get("status", "Unknown")
    shown = status if status == "True" or not available.get("reason") else f"{status} ({available['reason']})"
    return [f"{service['namespace']}/{service['name']}" if service else "Local", shown, age_of(obj)]


def _quota(obj: Obj) -> list[Any]:
    hard, used = find(obj, ".status.hard") or find(obj, ".spec.hard") or {}, find(obj, ".status.used") or {}
    shown = {name: f"{name}: {used.get(name, '0')}/{value}" for name, value in sorted(hard.items())}
    limits = ", ".join(text for name, text in shown.items() if name.startswith("limits."))
    return [", ".join(text for name, text in shown.items() if not name.startswith("limits.")), limits, age_of(obj)]


def _webhooks(obj: Obj) -> list[Any]:
    return [len(obj.get("webhooks") or ()), age_of(obj)]


def _priority_class(obj: Obj) -> list[Any]:
    policy = obj.get("preemptionPolicy", "PreemptLowerPriority")
    return [obj["value"], bool(obj.get("globalDefault")), age_of(obj), policy]


def _pod_template(obj: Obj) -> list[Any]:
    labels = find(obj, ".template.metadata.labels")
    return [*_images(obj.get("template") or {}), selector_of({"matchLabels": labels})]


# Headings are parted by `|`; one with `+` is for the wide form only.
TABLES: dict[Resource, tuple[str, Cells]] = {
    kinds.POD_TEMPLATES: ("Containers|Images|Pod Labels", _pod_template),
    kinds.RESOURCE_QUOTAS: ("Request|Limit|Age", _quota),
    kinds.REPLICATION_CONTROLLERS: (
        "Desired|Current|Ready|Age|Containers+|Images+|Selector+",
        _replication_controller,
    ),
    kinds.VOLUME_CLAIMS: (
        "Status|Volume|Capacity|Access Modes|StorageClass|VolumeAttributesClass|Age|VolumeMode+",
        _claim,
    ),
    kinds.VOLUMES: (
        "Capacity|Access Modes|Reclaim Policy|Status|Claim|StorageClass|VolumeAttributesClass|Reason|Age|VolumeMode+",
        _volume,
    ),
    kinds.STATEFUL_SETS: ("Ready|Age|Containers+|Images+", _stateful_set),
    kinds.DAEMON_SETS: (
        "Desired|Current|Ready|Up-to-date|Available|Node Selector|Age|Containers+|Images+|Selector+",
        _daemon_set,
    ),
    kinds.JOBS: ("Status|Completions|Duration|Age|Containers+|Images+|Selector+", _job),
    kinds.CRON_JOBS: (
        "Schedule|Timezone|Suspend|Active|Last Schedule|Age|Containers+|Images+|Selector+",
        _cron_job,
    ),
    HORIZONTAL_POD_AUTOSCALERS: ("Reference|Targets|MinPods|MaxPods|Replicas|Age", _autoscaler),
    kinds.DISRUPTION_BUDGETS: ("Min Available|Max Unavailable|Allowed Disruptions|Age", _disruption_budget),
    kinds.NETWORK_POLICIES: (
        "Pod-Selector|Age",
        lambda obj: [selector_of(find(obj, ".spec.podSelector")), age_of(obj)],
    ),
    KUBE_INGRESSES: ("Class|Hosts|Address|Ports|Age", _ingress),
    kinds.INGRESS_CLASSES: ("Controller|Parameters|Age", _ingress_class),
    kinds.STORAGE_CLASSES: (
        "Provisioner|ReclaimPolicy|VolumeBindingMode|AllowVolumeExpansion|Age",
        _storage_class,
    ),
    kinds.PRIORITY_CLASSES: ("Value|Global-Default|Age|PreemptionPolicy", _priority_class),
    kinds.ROLE_BINDINGS: ("Role|Age|Users+|Groups+|ServiceAccounts+", _binding),
    kinds.CLUSTER_ROLE_BINDINGS: ("Role|Age|Users+|Groups+|ServiceAccounts+", _binding),
    kinds.API_SERVICES: ("Service|Available|Age", _api_service),
    kinds.MUTATING_WEBHOOKS: ("Webhooks|Age", _webhooks),
    kinds.VALIDATING_WEBHOOKS: ("Webhooks|Age", _webhooks),
}
