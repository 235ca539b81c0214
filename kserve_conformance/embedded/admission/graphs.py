"""What the schema and KServe's webhook say about InferenceGraphs, and what of them is not emulated here.

kserve config/crd/full/serving.kserve.io_inferencegraphs.yaml, pkg/apis/serving/v1alpha1/inference_graph_validation.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kserve_conformance.embedded import errors, gjson
from kserve_conformance.embedded.admission import offered
from kserve_conformance.embedded.admission.isvc_validation import NAME
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.objects import Obj, annotations_of, is_terminating

WEBHOOK = "inferencegraph.kserve-webhook-server.validator"
ROOT = "root"
TYPES = ("Sequence", "Splitter", "Ensemble", "Switch")
DEPENDENCIES = ("Soft", "Hard")
TARGETS = ("nodeName", "serviceName", "serviceUrl")


def admit(graph: Obj, faults: Faults) -> Obj:
    """Raises ApiError 422 for what the schema refuses, 403 for what the webhook or this platform does."""
    wrong = list(_schema(graph))
    if wrong:
        text = wrong[0] if len(wrong) == 1 else f"[{', '.join(wrong)}]"
        raise errors.invalid("serving.kserve.io", "InferenceGraph", graph["metadata"]["name"], text)
    if is_terminating(graph):
        return graph
    complaint = next(_complaints(graph, faults), None)
    if complaint is not None:
        raise errors.denied(WEBHOOK, complaint)
    missing = next(_missing(graph), None)
    if missing is not None:
        what, where = missing
        raise errors.denied(offered.WEBHOOK, f"the embedded platform does not offer {what} yet ({where})")
    return graph


def _schema(graph: Obj) -> Iterator[str]:
    nodes = (graph.get("spec") or {}).get("nodes")
    if not isinstance(nodes, dict):
        yield "spec.nodes: Required value"
        return
    for name, node in nodes.items():
        path = f"spec.nodes.{name}"
        if "routerType" not in node:
            yield f"{path}.routerType: Required value"
        elif node["routerType"] not in TYPES:
            yield _unsupported(f"{path}.routerType", node["routerType"], TYPES)
        for index, step in enumerate(node.get("steps") or ()):
            if "dependency" in step and step["dependency"] not in DEPENDENCIES:
                yield _unsupported(f"{path}.steps[{index}].dependency", step["dependency"], DEPENDENCIES)


def _unsupported(path: str, value: str, allowed: tuple[str, ...]) -> str:
    supported = ", ".join(f'"{each}"' for each in allowed)
    return f'{path}: Unsupported value: "{value}": supported values: {supported}'


def _complaints(graph: Obj, faults: Faults) -> Iterator[str]:
    name, nodes = graph["metadata"]["name"], graph["spec"]["nodes"]
    namespace = graph["metadata"]["namespace"]
    if not re.fullmatch(NAME, name):
        yield (
            f'The InferenceGraph "{name}" is invalid: a InferenceGraph name must consist of lower case alphanumeric '
            "characters or '-', and must start with alphabetical character. "
            f'(e.g. "my-name" or "abc-123", regex used for validation is \'{NAME}\')'
        )
    if ROOT not in nodes and not faults.fires("rootless-graph-accepted", namespace):  # F278
        yield "root node not found, InferenceGraph needs a node with name 'root' as the root node of the graph"
    for node, router in nodes.items():
        names = [step["name"] for step in router.get("steps") or () if step.get("name")]
        for each in names:
            if names.count(each) > 1:
                yield f'Node "{node}" of InferenceGraph "{name}" contains more than one step with name "{each}"'
    for node, router in nodes.items():
        for index, step in enumerate(router.get("steps") or ()):
            targets = sum(bool(step.get(each)) for each in TARGETS)
            where = f'Step {index} ("{step.get("name", "")}") in node "{node}" of InferenceGraph "{name}"'
            if targets == 0:
                yield f"{where} does not specify an inference target"
            elif targets > 1:
                yield f"{where} specifies more than one of nodeName, serviceName, serviceUrl"
    for node, router in nodes.items():
        if router["routerType"] == "Splitter":
            yield from _weights(name, node, router.get("steps") or [])


def _weights(graph: str, node: str, steps: list[Obj]) -> Iterator[str]:
    for each in steps:
        if each.get("weight") is None:
            yield f"InferenceGraph[{graph}] Node[{node}] Route[{each.get('serviceName', '')}] missing the 'Weight'"
    if sum(each.get("weight") or 0 for each in steps) != 100:
        what = "the sum of traffic weights for all routing targets should be 100"
        yield f"InferenceGraph[{graph}] Node[{node}] splitter node: {what}"


def _missing(graph: Obj) -> Iterator[tuple[str, str]]:
    if annotations_of(graph).get(offered.AUTOSCALER_CLASS) == "keda":
        yield "the autoscaler KEDA", f"annotation {offered.AUTOSCALER_CLASS}"
    for name, node in graph["spec"]["nodes"].items():
        for index, step in enumerate(node.get("steps") or ()):
            try:
                gjson.check(step.get("condition") or "")
            except gjson.UnsupportedError as error:
                yield f"the gjson syntax {error}", f"spec.nodes.{name}.steps[{index}].condition"
