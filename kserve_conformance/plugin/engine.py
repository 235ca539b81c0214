"""The engine as the plugin uses it: open a platform, hand it to workers, look closely when something fails."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kserve_conformance.kube import evidence, ownership
from kserve_conformance.kube.client import KubeError
from kserve_conformance.kube.objects import RUN_LABEL
from kserve_conformance.model import Sample, Target
from kserve_conformance.platform import opening
from kserve_conformance.platform.contexts import PlatformUnreachable
from kserve_conformance.plugin.options import Settings
from kserve_conformance.plugin.platforms import Facts, Opened


class OpenedPlatform:
    def __init__(self, found: opening.Opening, settings: Settings) -> None:
        self._found = found
        self.facts = Facts(
            target=Target(settings.target, found.context, found.server, rehearsal=found.versions.rehearsal),
            kubeconfig=str(found.kubeconfig),
            versions=found.versions,
            capabilities=found.capabilities,
        )

    def sweep(self, run_id: str) -> None:
        if self._found.started_here:
            return  # it goes as a whole
        try:
            ownership.sweep(opening.connect(self.facts.kubeconfig, self._found.context).client, run_id)
        except KubeError as error:
            left = f"kubectl delete namespace -l {RUN_LABEL}={run_id}"
            raise PlatformUnreachable(str(error), next=f"once it is back: {left}") from error

    def close(self) -> None:
        self._found.close()


class Engine:
    def open(self, settings: Settings) -> Opened:
        try:
            found = opening.find(
                settings.target, stack=settings.stack, kubeconfig=settings.kubeconfig, context=settings.context
            )
            if not found.started_here:
                ownership.sweep_forgotten(opening.connect(found.kubeconfig, found.context).client)
        except KubeError as error:
            raise PlatformUnreachable(str(error), next="try again once it answers") from error
        return OpenedPlatform(found, settings)

    def connect(self, facts: Facts) -> Any:
        return opening.connect(facts.kubeconfig, facts.target.context)

    def collect(self, platform: Any, services: Sequence[Any], samples: Sequence[Sample], folder: Path) -> None:
        evidence.collect(platform.client, services, samples, folder)
