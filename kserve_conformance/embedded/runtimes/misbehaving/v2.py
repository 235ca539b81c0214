"""Defects in right answers of the Open Inference Protocol (V2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kserve_conformance.embedded.runtimes.misbehaving.exchange import JSON, Exchange

BATCH = 100  # rows; more of them are cut into pieces by some servers
HEADER_LENGTH = b"inference-header-content-length"

Act = Callable[[Exchange], None]


def _inference(change: Callable[[dict[str, Any]], None]) -> Act:
    """Changes the JSON object that answers an inference."""

    def act(exchange: Exchange) -> None:
        content = exchange.said
        if exchange.path.endswith("/infer") and "outputs" in content:
            change(content)
            exchange.say(content)

    return act


def _tensors(change: Callable[[dict[str, Any]], None]) -> Act:
    """Changes each of its tensors."""

    def act(content: dict[str, Any]) -> None:
        for each in content["outputs"]:
            change(each)

    return _inference(act)


def _stale(tensor: dict[str, Any]) -> None:
    width = tensor["shape"][1] if len(tensor["shape"]) > 1 else 1
    data = tensor["data"]
    if width > 1:
        tensor["data"] = [each for row in range(0, len(data), width) for each in data[row : row + width][::-1]]
    else:
        tensor["data"] = [(each + 1) % 3 for each in data]


def _out_of_order(tensor: dict[str, Any]) -> None:
    if len(tensor["data"]) > BATCH:
        tensor["data"] = [*tensor["data"][BATCH:], *tensor["data"][:BATCH]]


def _uncounted(tensor: dict[str, Any]) -> None:
    tensor["shape"] = [tensor["shape"][0] + 1, *tensor["shape"][1:]]


def _one_more(content: dict[str, Any]) -> None:
    content["outputs"].append({**content["outputs"][0], "name": "more"})


def lies_about_inputs(exchange: Exchange) -> None:
    """Of the model's metadata; that of an absent model stays an error."""
    if "inputs" in exchange.said and exchange.method == "GET":
        exchange.say({**exchange.said, "inputs": [{"name": "text", "datatype": "BYTES", "shape": [-1]}]})


def other_name(exchange: Exchange) -> None:
    """In the model's metadata."""
    if "inputs" in exchange.said and exchange.method == "GET":
        exchange.say({**exchange.said, "name": "model"})


def nameless_server(exchange: Exchange) -> None:
    if exchange.path == "/v2":
        exchange.say({"version": exchange.said.get("version")})


def ready_for_anyone(exchange: Exchange) -> None:
    if exchange.path.endswith("/ready") and exchange.status != 200:
        exchange.say({"ready": True}, status=200)


def any_version(exchange: Exchange) -> None:
    """Whatever version is asked for, one and the same answers."""
    if exchange.path.endswith("/infer") and "/versions/" in exchange.path:
        exchange.say({"outputs": []}, status=200)


def health_lies(exchange: Exchange) -> None:
    """The model is still being loaded, and nobody says so but inferences."""
    if exchange.path.endswith("/infer"):
        exchange.say({"error": "Model is not ready."}, status=503)


def wrong_header_length(exchange: Exchange) -> None:
    """Of a binary answer: where its JSON ends and its bytes begin."""
    if HEADER_LENGTH in exchange.headers:
        exchange.headers[HEADER_LENGTH] = str(int(exchange.headers[HEADER_LENGTH]) - 1).encode()


def never_binary(exchange: Exchange) -> None:
    """Bytes were asked for, JSON is given."""
    if length := int(exchange.headers.pop(HEADER_LENGTH, 0)):
        exchange.answer = exchange.answer[:length]
        exchange.headers.update(JSON)


ACTS: dict[str, Act] = {
    "v2-id-dropped": _inference(lambda content: content.update(id="lost")),
    "v2-wrong-datatype": _tensors(lambda tensor: tensor.update(datatype="INT32")),
    "v2-shape-mismatch": _tensors(_uncounted),
    "v2-stale-model": _tensors(_stale),
    "v2-pieces-out-of-order": _tensors(_out_of_order),
    "v2-unasked-output": _inference(_one_more),
    "model-version-wrong": _inference(lambda content: content.update(model_name="model", model_version="0")),
    "metadata-lies": lies_about_inputs,
    "metadata-other-name": other_name,
    "v2-nameless-server": nameless_server,
    "ready-for-anyone": ready_for_anyone,
    "v2-any-version": any_version,
    "health-lies": health_lies,
    "v2-wrong-header-length": wrong_header_length,
    "v2-never-binary": never_binary,
}
