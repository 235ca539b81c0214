"""kind, helm, istioctl, kubectl and git as typed calls. The only place that knows their command lines."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kserve_conformance.stacks.steps import StackError

SHOWN_LINES = 6
INSTALL = {
    "docker": "https://docs.docker.com/engine/install/",
    "kind": "https://kind.sigs.k8s.io/docs/user/quick-start/#installation",
    "helm": "https://helm.sh/docs/intro/install/",
    "istioctl": "https://istio.io/latest/docs/setup/additional-setup/download-istio-release/",
    "kubectl": "make setup brings one: add .venv/bin to the PATH",
    "git": "https://git-scm.com/downloads",
}


def require(*names: str) -> None:
    """Raises StackError naming every tool that is not on the PATH and where it comes from."""
    missing = [f"{name} ({INSTALL[name]})" for name in names if shutil.which(name) is None]
    if missing:
        raise StackError("not on the PATH: " + ", ".join(missing))


def run(argv: Sequence[str], *, within: float = 900) -> str:
    """The standard output of a command. Raises StackError with the end of what it said."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=within, check=False)
    except subprocess.TimeoutExpired:
        raise StackError(f"{' '.join(argv)}\n  did not end within {within:.0f} s") from None
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        # kind says what went wrong first and then how it got there, the others say it last.
        first = [line for line in said[:-SHOWN_LINES] if line.lower().startswith("error")][:1]
        raise StackError("\n  ".join([" ".join(argv), f"exit code {done.returncode}", *first, *said[-SHOWN_LINES:]]))
    return done.stdout


@dataclass(frozen=True)
class Tools:
    """Every call names the cluster's own context, so that no other cluster can be touched."""

    cluster: str

    @property
    def context(self) -> str:
        return f"kind-{self.cluster}"

    def clusters(self) -> list[str]:
        return run(["kind", "get", "clusters"]).split()

    def create_cluster(self, *, image: str, config: Path) -> None:
        run(
            [
                "kind",
                "create",
                "cluster",
                "--name",
                self.cluster,
                "--image",
                image,
                "--config",
                str(config),
                "--wait",
                "5m",
            ]
        )

    def delete_cluster(self) -> None:
        run(["kind", "delete", "cluster", "--name", self.cluster])

    def export_kubeconfig(self) -> None:
        """Names the cluster in the user's kubeconfig, which may be another one than when it was made."""
        run(["kind", "export", "kubeconfig", "--name", self.cluster])

    def kind_version(self) -> str:
        return run(["kind", "version", "-q"]).strip().removeprefix("v")

    def istioctl_version(self) -> str:
        return run(["istioctl", "version", "--remote=false", "--short"]).strip().removeprefix("client version: ")

    def istioctl(self, args: Sequence[str]) -> None:
        run(["istioctl", *args, "--context", self.context])

    def helm_install(
        self,
        release: str,
        chart: str,
        *,
        namespace: str,
        repo: str,
        version: str,
        values: Mapping[str, str],
        wait: bool,
        within: float,
    ) -> None:
        argv = ["helm", "upgrade", "--install", release, chart, "--kube-context", self.context]
        argv += ["--namespace", namespace, "--create-namespace", "--timeout", f"{within:.0f}s"]
        argv += ["--repo", repo] if repo else []
        argv += ["--version", version] if version else []
        for name, value in values.items():
            argv += ["--set", f"{name}={value}"]
        run(argv + (["--wait"] if wait else []))

    def kubectl(self, *args: str) -> str:
        return run(["kubectl", "--context", self.context, *args])

    def kubernetes_version(self) -> str:
        """Of the running cluster, as `1.33.4`."""
        answered: str = json.loads(self.kubectl("get", "--raw", "/version"))["gitVersion"]
        return answered.removeprefix("v").partition("+")[0]

    def clone(self, url: str, *, ref: str, into: Path) -> str:
        """Clones once; the commit that is checked out. What a killed run left half done is thrown away."""
        if not into.exists():
            partial = into.with_suffix(".partial")
            shutil.rmtree(partial, ignore_errors=True)
            run(
                [
                    "git",
                    "-c",
                    "advice.detachedHead=false",
                    "clone",
                    "--quiet",
                    "--depth",
                    "1",
                    "--branch",
                    ref,
                    url,
                    str(partial),
                ]
            )
            partial.rename(into)
        return run(["git", "-C", str(into), "rev-parse", "HEAD"]).strip()
