"""What the client table in the README is made of: one platform per stack, real clients in front of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.clients.iris import NAME, READY_WITHIN, Iris, manifest
from tests.embedded_platform.conftest import Up, bring_up, take_down

STACKS = ("tutorial", "current")
FLOWERS = Path(__file__).parent / "programs" / "flowers.py"  # a user's program, by its image


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here is one row and stack of the table; `scripts/clients.py` reads it from the test's properties."""
    taken: dict[tuple[str, str, str], str] = {}
    for item in items:
        if Path(__file__).parent not in item.path.parents:
            continue
        mark, callspec = item.get_closest_marker("row"), getattr(item, "callspec", None)
        stack = callspec.params.get("stack") if callspec else None
        if mark is None or stack not in STACKS:
            raise pytest.UsageError(f"{item.nodeid}: a test of a client needs @pytest.mark.row and the fixture `stack`")
        row = {"refused": False, **mark.kwargs, "stack": stack}
        key = (row["client"], row["does"], row["stack"])
        if key in taken:
            raise pytest.UsageError(f"{item.nodeid}: {taken[key]} is the same row of the client table")
        taken[key] = item.nodeid
        item.user_properties.append(("row", row))
        # With --dist loadgroup: a module's rows of one stack share a platform, and there are two platforms of each.
        half = sum(item.path.name.encode()) % 2
        item.add_marker(pytest.mark.xdist_group(f"{stack}-{half}"))


@pytest.fixture(scope="session")
def platforms() -> Iterator[Callable[[str], Up]]:
    """A platform of the named stack, started when it is first asked for."""
    running: dict[str, Up] = {}

    def of(stack: str) -> Up:
        if stack not in running:
            running[stack] = bring_up("--stack", stack, "--image", f"example/flowers={FLOWERS}")
        return running[stack]

    yield of
    for each in running.values():
        take_down(each)


@pytest.fixture(params=STACKS)
def stack(request: pytest.FixtureRequest) -> str:
    """Narrow it with `@pytest.mark.parametrize("stack", ["current"], indirect=True)`."""
    return str(request.param)


@pytest.fixture
def up(platforms: Callable[[str], Up], stack: str) -> Up:
    return platforms(stack)


@pytest.fixture
def namespace(up: Up, request: pytest.FixtureRequest) -> Iterator[str]:
    """A namespace of the test's own."""
    name = f"t-{abs(hash(request.node.nodeid)):x}"[:20]
    assert up.shell(f"kubectl create namespace {name}").returncode == 0
    yield name
    up.shell(f"kubectl delete namespace {name} --wait=false")


@pytest.fixture
def typed(up: Up, namespace: str, tmp_path: Any) -> Callable[[str], str]:
    """Runs a shell script in which `$NS` is the test's namespace; fails when it fails. Returns what it printed."""

    def run(script: str) -> str:
        done = up.shell(f"export NS={namespace}\ncd {tmp_path}\n{script}")
        assert done.returncode == 0, done.stdout + done.stderr
        return str(done.stdout)

    return run


@pytest.fixture(scope="session")
def irises(platforms: Callable[[str], Up]) -> Callable[[str], Iris]:
    """The ready service of the named stack, made when it is first asked for."""
    made: dict[str, Iris] = {}

    def of(stack: str) -> Iris:
        if stack not in made:
            up, namespace = platforms(stack), "t-iris"
            select = f"-l serving.kserve.io/inferenceservice={NAME}"
            done = up.shell(
                f"""kubectl create namespace {namespace}
                kubectl apply -n {namespace} -f - <<'EOT'\n{yaml.safe_dump(manifest())}EOT
                kubectl wait -n {namespace} isvc {NAME} --for=condition=Ready --timeout={READY_WITHIN}s
                kubectl get -n {namespace} isvc {NAME} -o jsonpath='{{.status.url}}{{"\\n"}}'
                kubectl get -n {namespace} pod {select} -o jsonpath='{{.items[0].metadata.name}}'"""
            )
            assert done.returncode == 0, done.stdout + done.stderr
            url, pod = done.stdout.splitlines()[-2:]
            made[stack] = Iris(namespace, pod, url.removeprefix("http://"), up.gateway.removeprefix("http://"))
        return made[stack]

    return of


@pytest.fixture
def served_iris(irises: Callable[[str], Iris], stack: str) -> Iris:
    return irises(stack)


@pytest.fixture
def refused(up: Up, namespace: str) -> Callable[[str], str]:
    """Runs what is to fail; returns what it said."""

    def run(script: str) -> str:
        done = up.shell(f"export NS={namespace}\n{script}")
        assert done.returncode != 0, done.stdout
        return str(done.stderr)

    return run
