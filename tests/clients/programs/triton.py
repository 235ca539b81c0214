"""`python triton.py http|grpc host:port`: asks a Triton that has the model `iris`, with NVIDIA's client.

Not in the tests' own process: its protobuf messages have the names that those of KServe's SDK have.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

import numpy as np


def main(protocol: str, address: str) -> None:
    library = importlib.import_module(f"tritonclient.{protocol}")
    client = library.InferenceServerClient(address)
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("iris", "1")
    assert not client.is_model_ready("nope")
    if protocol == "http":
        ask_over_http(client)
    else:
        assert client.get_server_metadata().name == "triton"
        assert list(client.get_model_metadata("iris").inputs[0].shape) == [-1, 4]
    rows = np.array([[6.8, 2.8, 4.8, 1.4], [6.0, 3.4, 4.5, 1.6]], dtype=np.float32)
    tensor = library.InferInput("X", list(rows.shape), "FP32")
    tensor.set_data_from_numpy(rows)
    answer = client.infer("iris", [tensor], request_id="a-1", outputs=[library.InferRequestedOutput("label")])
    print(answer.as_numpy("label"))


def ask_over_http(client: Any) -> None:
    """Also what over gRPC is Triton's own."""
    assert client.get_server_metadata()["name"] == "triton"
    assert client.get_model_metadata("iris")["inputs"][0]["shape"] == [-1, 4]
    assert client.get_model_config("iris")["platform"] == "onnxruntime_onnx"
    assert client.get_model_repository_index() == [{"name": "iris", "version": "1", "state": "READY"}]
    assert client.get_inference_statistics("iris")["model_stats"][0]["name"] == "iris"


main(*sys.argv[1:])
