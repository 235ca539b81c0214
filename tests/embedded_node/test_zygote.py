"""Pods are real model servers forked from a warm process."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import psutil
import pytest

from kserve_conformance.embedded.models import EXAMPLES, ModelNotFoundError, ModelStore
from kserve_conformance.embedded.node.zygote import Launch, PodProcess, Zygote

ADDRESS = "127.77.0.{}"
REQUEST = {"instances": [[6.8, 2.8, 4.8, 1.4], [6.0, 3.4, 4.5, 1.6]]}
TENSORS = {"id": "a-1", "inputs": [{"name": "x", "shape": [1, 4], "datatype": "FP32", "data": [6.8, 2.8, 4.8, 1.4]}]}


async def listening(address: str) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection(address, 8080)
        except OSError:
            await asyncio.sleep(0.01)
        else:
            writer.close()
            return


def with_zygote(story: Callable[[Zygote], Awaitable[None]]) -> None:
    async def run() -> None:
        zygote = Zygote()
        await zygote.start()
        try:
            await asyncio.wait_for(story(zygote), 30)
        finally:
            await zygote.stop()

    asyncio.run(run())


def launch(folder: Path, number: int, program: str = "sklearnserver", **env: str) -> Launch:
    models = folder / "models"
    ModelStore(folder / "store").fetch(EXAMPLES + "sklearn/1.0/model", models)
    args = ["--model_name=iris", f"--model_dir={models}", "--http_port=8080"]
    settings = {"MODEL_NAME": "iris", "MODEL_URI": str(models), "MODEL_IMPLEMENTATION": "mlserver_sklearn.SKLearnModel"}
    env |= {f"MLSERVER_{name}": value for name, value in settings.items()}
    return Launch(program, args, env=env, address=ADDRESS.format(number), log=folder / f"{number}.log")


async def served(zygote: Zygote, what: Launch) -> PodProcess:
    pod = await zygote.fork(what)
    await listening(what.address)
    return pod


def test_two_pods_serve_at_addresses_of_their_own(tmp_path):
    async def story(zygote: Zygote) -> None:
        for number in (2, 3):
            await served(zygote, launch(tmp_path, number))
        async with httpx.AsyncClient() as client:
            for number in (2, 3):
                url = f"http://{ADDRESS.format(number)}:8080/v1/models/iris:predict"
                assert (await client.post(url, json=REQUEST)).json() == {"predictions": [1, 1]}

    with_zygote(story)


@pytest.mark.parametrize("program", ["sklearnserver", "mlserver"])
def test_a_faulty_pod_misbehaves_and_a_right_one_does_not(tmp_path, program):
    async def story(zygote: Zygote) -> None:
        await served(zygote, launch(tmp_path, 4, program))
        await served(zygote, launch(tmp_path, 5, program, EMBEDDED_FAULTS="v2-id-dropped,v2-wrong-datatype"))
        async with httpx.AsyncClient() as client:
            answers = {}
            for number in (4, 5):
                url = f"http://{ADDRESS.format(number)}:8080/v2/models/iris/infer"
                answer = (await client.post(url, json=TENSORS)).json()
                answers[number] = (answer["id"], answer["outputs"][0]["datatype"], answer["outputs"][0]["data"])
        assert answers == {4: ("a-1", "INT64", [1]), 5: ("lost", "INT32", [1])}

    with_zygote(story)


def test_onnx_runtime_is_there_from_the_first_pod_that_needs_it(tmp_path):
    ModelStore(tmp_path / "store").fetch(EXAMPLES + "onnx/iris", tmp_path / "onnx")
    args = ["tritonserver", f"--model-store={tmp_path / 'onnx'}", "--http-port=8080", "--allow-grpc=false"]

    async def story(zygote: Zygote) -> None:
        def has_it() -> bool:
            return any("onnxruntime" in each.path for each in psutil.Process(zygote._process.pid).memory_maps())

        await served(zygote, launch(tmp_path, 12))
        assert not has_it()
        pod = await served(zygote, Launch("tritonserver", args, {}, ADDRESS.format(13), tmp_path / "13.log"))
        assert has_it()
        pod.terminate()
        assert await pod.wait() == 0

    with_zygote(story)


def test_a_pod_that_is_removed_before_it_starts_says_nothing(tmp_path, capfd):
    async def story(zygote: Zygote) -> None:
        gone = Launch("sklearnserver", [], env={}, address=ADDRESS.format(9), log=tmp_path / "removed" / "0.log")
        assert await (await zygote.fork(gone)).wait() == 1

    with_zygote(story)
    assert capfd.readouterr().err == ""


def test_a_pod_ends_on_request_and_a_killed_one_is_noticed(tmp_path):
    async def story(zygote: Zygote) -> None:
        gentle, hard = await served(zygote, launch(tmp_path, 6)), await served(zygote, launch(tmp_path, 7))
        gentle.terminate()
        assert await gentle.wait() == 0
        os.kill(hard.pid, signal.SIGKILL)
        assert await hard.wait() == 137

    with_zygote(story)


def test_a_pod_with_a_broken_model_ends_with_a_trace(tmp_path):
    async def story(zygote: Zygote) -> None:
        broken = launch(tmp_path, 8)
        (tmp_path / "models" / "model.joblib").write_text("no model")
        pod = await zygote.fork(broken)
        assert await pod.wait() == 1
        assert "Traceback" in broken.log.read_text()

    with_zygote(story)


def test_a_folder_without_a_model_file_is_a_folder_of_models(tmp_path):
    """As KServe's servers do; an empty one serves nothing, and is well."""

    async def story(zygote: Zygote) -> None:
        what = launch(tmp_path, 10)
        nested = tmp_path / "models" / "inner"
        nested.mkdir()
        (tmp_path / "models" / "model.joblib").rename(nested / "model.joblib")
        await served(zygote, what)
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"http://{what.address}:8080/v1/models")
        assert answer.json() == {"models": ["inner"]}

    with_zygote(story)


def test_nothing_outlives_the_zygote(tmp_path):
    pids: list[int] = []

    async def story(zygote: Zygote) -> None:
        pids.append((await served(zygote, launch(tmp_path, 9))).pid)

    with_zygote(story)
    _, alive = psutil.wait_procs([psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)], timeout=5)
    assert not alive


def test_an_unknown_uri_has_the_initializers_words(tmp_path):
    with pytest.raises(ModelNotFoundError, match=r"Failed to fetch model. No model found in gs://nowhere/x\."):
        ModelStore(tmp_path).fetch("gs://nowhere/x", tmp_path / "models")


def test_content_type_matters_since_kserve_0_11(tmp_path):
    async def story(zygote: Zygote) -> None:
        codes = []
        for number, version in enumerate(("0.10.0", "0.20.0")):
            what = launch(tmp_path, 40 + number, EMBEDDED_IMAGE_VERSION=version)
            await served(zygote, what)
            async with httpx.AsyncClient() as client:
                form = {"Content-Type": "application/x-www-form-urlencoded"}
                url = f"http://{what.address}:8080/v1/models/iris:predict"
                codes.append((await client.post(url, json=REQUEST, headers=form)).status_code)
        assert codes[0] == 200
        assert codes[1] >= 400

    with_zygote(story)
