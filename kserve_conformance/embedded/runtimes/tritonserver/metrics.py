"""Statistics, and the counters of them for Prometheus (core src/{tritonserver,metrics}.cc).

Not here: those of the GPU, the CPU and the response cache. There is no queue, and nothing to copy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from kserve_conformance.embedded.runtimes.tritonserver.onnx_models import OnnxModel
from kserve_conformance.embedded.runtimes.tritonserver.server import Server, Statistics

COUNTERS: dict[str, tuple[str, Callable[[Statistics], int]]] = {
    "nv_inference_request_success": ("Number of successful inference requests", lambda found: found.counts["success"]),
    "nv_inference_request_failure": ("Number of failed inference requests", lambda found: found.counts["fail"]),
    "nv_inference_count": ("Number of inferences performed", lambda found: found.counts["inferences"]),
    "nv_inference_exec_count": ("Number of model executions performed", lambda found: found.counts["executions"]),
    "nv_inference_request_duration_us": (
        "Cumulative inference request duration in microseconds",
        lambda found: found.nanoseconds["success"] // 1000,
    ),
    "nv_inference_compute_infer_duration_us": (
        "Cumulative compute inference duration in microseconds",
        lambda found: found.nanoseconds["success"] // 1000,
    ),
    "nv_inference_queue_duration_us": ("Cumulative inference queuing duration in microseconds", lambda _: 0),
}


def text(server: Server) -> str:
    """In Prometheus' format, of the models that are ready."""
    return "".join(f"{line}\n" for line in _lines(server))


def _lines(server: Server) -> Iterator[str]:
    for name, (about, value) in COUNTERS.items():
        yield f"# HELP {name} {about}"
        yield f"# TYPE {name} counter"
        for model in server.repository.versions():
            found = value(server.statistics(model))
            yield f'{name}{{model="{model.name}",version="{model.version}"}} {float(found):f}'


def statistics(server: Server, models: list[OnnxModel]) -> dict[str, Any]:
    """As the statistics extension answers."""
    return {"model_stats": [_one(model, server.statistics(model), is_old=server.is_old) for model in models]}


def _one(model: OnnxModel, found: Statistics, *, is_old: bool) -> dict[str, Any]:
    def duration(count: int, nanoseconds: int) -> dict[str, int]:
        return {"count": count, "ns": nanoseconds}

    done, spent = found.counts["success"], found.nanoseconds["success"]
    cache = {} if is_old else {"cache_hit": duration(0, 0), "cache_miss": duration(0, 0)}
    return {
        "name": model.name,
        "version": str(model.version),
        "last_inference": found.last,
        "inference_count": found.counts["inferences"],
        "execution_count": found.counts["executions"],
        "inference_stats": {
            "success": duration(done, spent),
            "fail": duration(found.counts["fail"], found.nanoseconds["fail"]),
            "queue": duration(done, 0),
            "compute_input": duration(done, 0),
            "compute_infer": duration(done, spent),
            "compute_output": duration(done, 0),
            **cache,
        },
        "batch_stats": [
            {
                "batch_size": size,
                "compute_input": duration(count, 0),
                "compute_infer": duration(count, nanoseconds),
                "compute_output": duration(count, 0),
            }
            for size, (count, nanoseconds) in sorted(found.batches.items())
        ],
    }
