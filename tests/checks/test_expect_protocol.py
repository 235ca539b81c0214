"""Facts about tensors, shares and errors: what satisfies them, and what does not."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from kserve_conformance.checks import expect
from kserve_conformance.checks.expect.tensors import same
from kserve_conformance.model import Sample


def sample(body: Any = b"", status: int | None = 200, **fields: Any) -> Sample:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    plain = Sample(0.0, 0.0, 0.1, "POST", "http://gateway/", "iris.example.com", status, {}, content, None, "curl it")
    return replace(plain, **fields)


def inferred(data: list[Any], *, id: str = "a", **other: Any) -> Sample:
    return sample({"id": id, "outputs": [{"name": "o", "shape": [2], "datatype": "INT64", "data": data, **other}]})


def in_binary(*classes: int, header: bool = True, size: int = 8) -> Sample:
    tensor = {"shape": [2], "datatype": "INT64", "parameters": {"binary_data_size": size * len(classes)}}
    head = json.dumps({"outputs": [tensor]}).encode()
    headers = {"inference-header-content-length": str(len(head))} if header else {}
    return sample(head + struct.pack(f"<{len(classes)}q", *classes), headers=headers)


GOLDEN = {"outputs": [{"shape": [2], "datatype": "INT64", "data": [1, 2]}]}
FLOATS = {"outputs": [{"shape": [2], "datatype": "FP32", "data": [1, 2]}]}
SHARES = [[0.2, 0.7, 0.1], [0.1, 0.2, 0.7]]
FLAT = [x for row in SHARES for x in row]
BAD = sample({"error": "no such model"}, 404)
GATEWAY_503 = sample(b"no healthy upstream", 503)
SILENCE = sample(b"", None, error="ConnectError: refused")

HOLDS: list[Callable[[], object]] = [
    lambda: expect.outputs(inferred([[1], [2]]), GOLDEN),  # nested is as legal as flat
    lambda: expect.outputs(inferred([1 + 1e-7, 2.0], datatype="FP32"), FLOATS),
    lambda: expect.predictions(sample({"predictions": [1.0000001, 2]}), [1, 2]),
    lambda: expect.binary_outputs(in_binary(1, 2), GOLDEN),
    lambda: expect.each_infers([inferred([1]), inferred([2])], [[1], [2]], at_least=2),
    lambda: expect.ids([inferred([1], id="a"), inferred([1], id="b")], ["a", "b"], at_least=2),
    lambda: expect.output_names(inferred([1]), "o"),
    lambda: expect.largest_shares(sample({"predictions": SHARES}), [1, 2]),
    lambda: expect.largest_shares(inferred(FLAT), [1, 2]),
    lambda: expect.refused(BAD),
    lambda: expect.each_refused([BAD, sample(b"", 422)], at_least=2),
    lambda: expect.failed(sample(b"", 500)),
    lambda: expect.each_failed([BAD, sample(b"", 500)], at_least=2),
    lambda: expect.error_text(BAD),
    lambda: expect.each_error_text([BAD, BAD], at_least=2),
    lambda: expect.has_members(inferred([1]), "id", "outputs"),
]

BROKEN: list[Callable[[], object]] = [
    lambda: expect.outputs(inferred([1, 2.001]), GOLDEN),
    lambda: expect.predictions(sample({"predictions": ["1", "2"]}), [1, 2]),
    lambda: expect.binary_outputs(in_binary(2, 1), GOLDEN),
    lambda: expect.binary_outputs(in_binary(1, 2, header=False), GOLDEN),
    lambda: expect.binary_outputs(in_binary(1, 2, size=16), GOLDEN),  # more bytes than there are
    lambda: expect.binary_outputs(in_binary(1, 2, size=7), GOLDEN),
    lambda: expect.each_infers([inferred([1]), inferred([1])], [[1], [2]], at_least=2),
    lambda: expect.each_infers([inferred([1]), GATEWAY_503], [[1], [2]], at_least=2),
    lambda: expect.each_infers([], [], at_least=1),
    lambda: expect.ids([inferred([1], id="b"), inferred([1], id="a")], ["a", "b"], at_least=2),
    lambda: expect.ids([], [], at_least=1),
    lambda: expect.output_names(inferred([1]), "o", "p"),
    lambda: expect.output_names(sample({"outputs": []}), "o"),
    lambda: expect.largest_shares(sample({"predictions": SHARES}), [1, 1]),
    lambda: expect.largest_shares(sample({"predictions": [[0.2, 0.9]]}), [1]),  # more than all
    lambda: expect.largest_shares(sample({"predictions": SHARES}), [1, 2, 0, 0]),
    lambda: expect.largest_shares(sample({"predictions": ["a"]}), [0]),
    lambda: expect.largest_shares(sample({"predictions": []}), []),
    lambda: expect.refused(inferred([1])),
    lambda: expect.refused(GATEWAY_503),
    lambda: expect.refused(SILENCE),
    lambda: expect.each_refused([BAD], at_least=2),
    lambda: expect.each_refused([BAD, inferred([1])], at_least=2),
    lambda: expect.failed(inferred([1])),
    lambda: expect.failed(SILENCE),
    lambda: expect.each_failed([BAD], at_least=2),
    lambda: expect.each_failed([BAD, inferred([1])], at_least=2),
    lambda: expect.error_text(inferred([1])),
    lambda: expect.each_error_text([BAD], at_least=2),
    lambda: expect.each_error_text([BAD, inferred([1])], at_least=2),
    lambda: expect.error_text(sample(b"<h1>Not Found</h1>", 404)),
    lambda: expect.error_text(sample({"error": {"code": 1}}, 404)),
    lambda: expect.error_text(sample({"detail": "Not Found"}, 404)),
    lambda: expect.has_members(inferred([1]), "id", "version"),
    lambda: expect.has_members(BAD, "error"),
]


def test_labels_are_exact_and_measurements_are_not() -> None:
    assert same([1, 2.0], [1, 2])
    assert not same([1_000_000_001], [1_000_000_000])
    assert same([0.12345678], [0.12345679])
    assert not same([0.1234], [0.1235])


def test_every_fact_about_protocols_is_tried_both_ways() -> None:
    for facts in (HOLDS, BROKEN):
        names = {name for fact in facts for name in fact.__code__.co_names}
        assert names >= {"outputs", "binary_outputs", "each_infers", "ids", "output_names", "largest_shares"}
        assert names >= {"refused", "each_refused", "failed", "each_failed", "error_text", "has_members"}
