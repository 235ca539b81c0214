"""The command line: what may be said, what follows from it, and whether this run is about the suites at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

from kserve_conformance.catalogue import profiles, requirements
from kserve_conformance.catalogue.profiles import Profile
from kserve_conformance.catalogue.reading import CatalogueError
from kserve_conformance.model import Requirement, new_run_id

TargetKind = Literal["embedded", "kind", "cluster"]
Keep = Literal["never", "on-failure", "always"]


@dataclass(frozen=True)
class Settings:
    """The effective values of one run; printed in the header and kept in the report."""

    target: TargetKind
    context: str
    kubeconfig: str
    stack: str
    profile: Profile
    requirements: Mapping[str, Requirement]
    required: frozenset[str]
    exempted: frozenset[str]
    run_id: str
    folder: Path
    keep: Keep
    namespace_annotations: Mapping[str, str]
    disruptive: bool
    workers: int

    def shown(self) -> Mapping[str, str]:
        """As a report shows them; nothing that was left empty."""
        values = {
            "--target": self.target,
            "--context": self.context,
            "--kubeconfig": self.kubeconfig,
            "--stack": self.stack if self.target == "embedded" else "",
            "--profile": self.profile.name,
            "--require": " ".join(sorted(self.required)),
            "--exempt": " ".join(sorted(self.exempted)),
            "--run-id": self.run_id,
            "--keep": self.keep,
            "--disruptive": "yes" if self.disruptive else "no",
            "--namespace-annotation": " ".join(f"{key}={value}" for key, value in self.namespace_annotations.items()),
            "-n": str(self.workers),
        }
        return {name: value for name, value in values.items() if value}


CONTEXT_HELP = (
    "kubeconfig context of the cluster (default: with --target cluster the current one, with --target kind the only "
    "one named kind-kserve-conformance-...)"
)
ENGINE = pytest.StashKey[Any]()  # tests of this plugin put a stand-in here


def add(parser: pytest.Parser) -> None:
    group = parser.getgroup("kserve-conformance", "kserve-conformance (acts only when tests under suites/ are run)")
    option = group.addoption
    option(
        "--target",
        choices=["embedded", "kind", "cluster"],
        default="embedded",
        help="the platform to check: start the embedded one, a rehearsal (default); or use a Kind cluster or any "
        "cluster of your kubeconfig. Nothing falls back to the embedded platform by itself",
    )
    option("--context", default="", metavar="NAME", help=CONTEXT_HELP)
    option("--kubeconfig", default="", metavar="FILE", help="kubeconfig file (default: $KUBECONFIG or ~/.kube/config)")
    option(
        "--stack",
        choices=["current", "tutorial"],
        default="current",
        help="the versions the embedded platform has: KServe 0.20 / Knative 1.21 (current, default) or 0.10 / 1.7",
    )
    option(
        "--profile",
        default="serverless",
        metavar="NAME",
        help="what the platform is measured against: a file of manifests/profiles/ (default: serverless)",
    )
    option(
        "--require",
        action="append",
        default=[],
        metavar="CAPABILITY",
        help="fail, instead of skip, what needs this capability when the platform lacks it (repeatable)",
    )
    option(
        "--exempt",
        action="append",
        default=[],
        metavar="CAPABILITY",
        help="leave out what needs this capability; it does not count for the verdict (repeatable)",
    )
    option("--report-dir", default="", metavar="DIR", help="folder of the report (default: reports/runs/<run-id>)")
    option(
        "--keep",
        choices=["never", "on-failure", "always"],
        default="never",
        help="whether namespaces the run created stay for a look afterwards (default: never)",
    )
    option(
        "--namespace-annotation",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="annotate every namespace the run creates (repeatable)",
    )
    option("--run-id", default="", metavar="ID", help="label of everything the run creates (default: time and chance)")
    option(
        "--disruptive",
        action="store_true",
        default=None,
        help="allow tests that restart platform components (default: on the embedded platform only)",
    )
    option("--no-disruptive", action="store_false", dest="disruptive", help="leave those tests out everywhere")


def about_suites(config: pytest.Config) -> bool:
    """Whether any path on the command line lies in `suites/` or holds it."""
    suites = config.rootpath / "suites"
    if not suites.is_dir():
        return False
    paths = [(config.invocation_params.dir / arg.partition("::")[0]).resolve() for arg in config.args]
    return any(path == suites or suites in path.parents or path in suites.parents for path in paths)


def read(config: pytest.Config, *, run_id: str = "", folder: Path | None = None) -> Settings:
    """The settings of this run, or a usage error that says what is wrong. Workers are told run id and folder."""
    say = config.getoption
    root = config.rootpath
    try:
        known = requirements.load(root / "manifests/requirements")
        profile = profiles.load(root / "manifests/profiles", say("--profile"))
        capabilities = {each.capability for each in known.values()}
        profiles.check_capabilities(say("--require"), capabilities, "--require")
        profiles.check_capabilities(say("--exempt"), capabilities, "--exempt")
    except CatalogueError as error:
        raise pytest.UsageError(str(error)) from error
    target: TargetKind = say("--target")
    if target == "embedded" and (say("--context") or say("--kubeconfig")):
        raise pytest.UsageError(
            "--context and --kubeconfig name a cluster, but the target is the embedded platform; add --target cluster"
        )
    run_id = run_id or say("--run-id") or new_run_id()
    if not _label(run_id):
        raise pytest.UsageError(f"--run-id {run_id}: must be a label of at most 30 small letters, digits and '-'")
    return Settings(
        target=target,
        context=say("--context"),
        kubeconfig=say("--kubeconfig"),
        stack=say("--stack"),
        profile=profile,
        requirements=known,
        required=frozenset(say("--require")),
        exempted=frozenset(say("--exempt")),
        run_id=run_id,
        folder=folder or _folder(config, run_id),
        keep=say("--keep"),
        namespace_annotations=dict(_annotation(each) for each in say("--namespace-annotation")),
        disruptive=target == "embedded" if say("--disruptive") is None else bool(say("--disruptive")),
        workers=getattr(config, "workerinput", {}).get("workercount", int(say("numprocesses", None) or 0)),
    )


def _folder(config: pytest.Config, run_id: str) -> Path:
    said = config.getoption("--report-dir")
    if not said:
        return config.rootpath / "reports/runs" / run_id
    folder: Path = (config.invocation_params.dir / said).resolve()
    if (folder / "results.json").exists():
        raise pytest.UsageError(f"--report-dir {said}: holds the report of another run, which is never overwritten")
    return folder


def _annotation(pair: str) -> tuple[str, str]:
    key, equals, value = pair.partition("=")
    if not key or not equals:
        raise pytest.UsageError(f"--namespace-annotation {pair}: expected KEY=VALUE")
    return key, value


def _label(text: str) -> bool:
    letters = text.replace("-", "")
    return len(text) <= 30 and letters.isascii() and letters.isalnum() and text == text.lower().strip("-")
