"""Which promises are checked on this platform, and why the others are not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from kserve_conformance.catalogue.profiles import Profile
from kserve_conformance.model import Breach, Capability, Requirement, Skip, Versions


@dataclass(frozen=True)
class Selection:
    """What the platform has and what the user asked for; decides for one requirement at a time."""

    profile: Profile
    versions: Versions
    capabilities: Mapping[str, Capability]
    required: frozenset[str] = field(default_factory=frozenset)
    exempted: frozenset[str] = field(default_factory=frozenset)

    def skip(self, requirement: Requirement) -> Skip | None:
        """Why this promise is not checked here, or None when it is."""
        if requirement.capability in self.exempted:
            return Skip("NotApplicable", f"{requirement.capability} is exempted on the command line")
        if out := _outside(requirement.versions, self.versions):
            return Skip("NotApplicable", out)
        if requirement.capability in self.required:
            return None
        if self.profile.level(requirement) is None:
            return Skip("NotApplicable", f"profile {self.profile.name} does not ask for {requirement.capability}")
        if missing := self._missing(requirement.capability):
            return Skip("NotSupported", missing)
        return None

    def broken(self, requirement: Requirement) -> Breach | None:
        """A capability the user required and the platform has not is a broken promise, not a skip."""
        if requirement.capability not in self.required or requirement.capability in self.exempted:
            return None
        missing = self._missing(requirement.capability)
        if missing is None:
            return None
        return Breach(
            promise=requirement.sentence,
            expected=f"the capability {requirement.capability}, as --require asks",
            observed=missing,
            next=f"install it, or leave out --require {requirement.capability}",
        )

    def asked(self, requirements: Iterable[Requirement]) -> tuple[Requirement, ...]:
        """The requirements that count for the verdict."""
        return tuple(each for each in requirements if (skip := self.skip(each)) is None or skip.kind != "NotApplicable")

    def _missing(self, name: str) -> str | None:
        capability = self.capabilities.get(name)
        if capability is None:
            return f"{name}: nothing on this platform says that it has it"
        return None if capability.present else f"{name}: {capability.reason}"


def _outside(ranges: Mapping[str, str], versions: Versions) -> str | None:
    """A version that could not be read never excludes: the promise is checked, and the result tells."""
    for component, specifier in ranges.items():
        detected = getattr(versions, component)
        version = _parse(detected)
        if version is not None and not SpecifierSet(specifier).contains(version, prereleases=True):
            return f"needs {component} {specifier}, this is {detected}"
    return None


def _parse(text: str) -> Version | None:
    try:
        return Version(text.removeprefix("knative-").removeprefix("v"))
    except InvalidVersion:
        return None
