"""Stand-ins for docker, kind, helm and istioctl: each knows the options the driver may use and refuses any other, as
the real one would, and writes down how it was called. kind names the embedded API server's context, the others do
nothing."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import yaml


def kind(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="kind", allow_abbrev=False)
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("version").add_argument("-q", action="store_true")
    actions.add_parser("get").add_argument("what", choices=["clusters"])
    create = actions.add_parser("create")
    create.add_argument("what", choices=["cluster"])
    create.add_argument("--name", required=True)
    create.add_argument("--image", required=True)
    create.add_argument("--config", type=Path, required=True)
    create.add_argument("--wait", required=True)
    export = actions.add_parser("export")
    export.add_argument("what", choices=["kubeconfig"])
    export.add_argument("--name", required=True)
    options = parser.parse_args(arguments)
    made = Path(os.environ["STAND_IN_CLUSTERS"])
    match options.action:
        case "version":
            print("0.30.0")
        case "get":
            print(made.read_text() if made.exists() else "")
        case "create":
            assert yaml.safe_load(options.config.read_text())["kind"] == "Cluster"
            assert "@sha256:" in options.image
            made.write_text(options.name)
            shutil.copy(os.environ["STAND_IN_KUBECONFIG"], os.environ["KUBECONFIG"])
        case "export":
            shutil.copy(os.environ["STAND_IN_KUBECONFIG"], os.environ["KUBECONFIG"])


def helm(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="helm", allow_abbrev=False)
    upgrade = parser.add_subparsers(required=True).add_parser("upgrade")
    for positional in ("release", "chart"):
        upgrade.add_argument(positional)
    for flag in ("--install", "--create-namespace"):
        upgrade.add_argument(flag, action="store_true", required=True)
    for option in ("--kube-context", "--namespace", "--timeout"):
        upgrade.add_argument(option, required=True)
    for option in ("--repo", "--version"):
        upgrade.add_argument(option)
    upgrade.add_argument("--set", action="append", type=lambda pair: pair.split("=", 1))
    upgrade.add_argument("--wait", action="store_true")
    options = parser.parse_args(arguments)
    _check_context(options.kube_context)


def istioctl(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="istioctl", allow_abbrev=False)
    actions = parser.add_subparsers(dest="action", required=True)
    version = actions.add_parser("version")
    version.add_argument("--remote", choices=["false"])
    version.add_argument("--short", action="store_true")
    install = actions.add_parser("install")
    install.add_argument("--set", action="append")
    install.add_argument("-y", action="store_true", required=True)
    install.add_argument("--context", required=True)
    options = parser.parse_args(arguments)
    if options.action == "version":
        print("client version: 1.16.0")
    else:
        _check_context(options.context)


def docker(arguments: list[str]) -> None:
    raise SystemExit(f"docker is kind's business, and was called with {arguments}")


def _check_context(name: str) -> None:
    known = yaml.safe_load(Path(os.environ["KUBECONFIG"]).read_text())["contexts"]
    assert name in [each["name"] for each in known]


TOOLS: Mapping = {each.__name__: each for each in (docker, kind, helm, istioctl)}


def main() -> None:
    name = Path(sys.argv[0]).name
    with Path(os.environ["STAND_IN_LOG"]).open("a") as log:
        log.write(json.dumps([name, *sys.argv[1:]]) + "\n")
    TOOLS[name](sys.argv[1:])


if __name__ == "__main__":
    main()
