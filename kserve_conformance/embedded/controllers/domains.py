"""Host names of Routes (serving pkg/reconciler/route/domains, config/domain.go; knative.dev/networking pkg/config)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import yaml

from kserve_conformance.embedded.apiserver.resources import CONFIG_MAPS, SERVICES
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers import knative_config, names
from kserve_conformance.embedded.controllers.occasions import Occasions
from kserve_conformance.embedded.objects import Obj, labels_of
from kserve_conformance.embedded.stacks import Stack

DOMAIN_TEMPLATE = "{{.Name}}.{{.Namespace}}.{{.Domain}}"
TAG_TEMPLATE = "{{.Tag}}-{{.Name}}"


class Domains:
    """Under config-domain and config-network as they are now."""

    def __init__(self, store: Store, stack: Stack, occasions: Occasions) -> None:
        self._store = store
        self._occasions = occasions
        self._fallback = stack.fallback_domain

    def host(self, route: Obj, tag: str = "") -> str:
        """The host of the whole Route, or of one of its tags."""
        template = self._network().get("domain-template", DOMAIN_TEMPLATE)
        domain = self._domain(route)
        if self.is_local(route, tag):
            domain, template = names.CLUSTER_DOMAIN, DOMAIN_TEMPLATE
        values = {"Name": self.name(route, tag), "Namespace": route["metadata"]["namespace"], "Domain": domain}
        return filled(template, values)

    def url(self, route: Obj, tag: str = "") -> str:
        scheme = "http" if self.is_local(route, tag) else self._network().get("default-external-scheme", "http")
        return f"{scheme}://{self.host(route, tag)}"

    def name(self, route: Obj, tag: str = "") -> str:
        """Of the placeholder Service, and the first part of the host."""
        name = str(route["metadata"]["name"])
        if not tag:
            return name
        return filled(self._network().get("tag-template", TAG_TEMPLATE), {"Name": name, "Tag": tag})

    def is_local(self, route: Obj, tag: str = "") -> bool:
        """By the Route's label or domain, or by the label of the target's placeholder Service."""
        if names.is_local(route) or self._domain(route) == names.CLUSTER_DOMAIN:
            return True
        placeholder = self._store.find(SERVICES, route["metadata"]["namespace"], self.name(route, tag))
        return placeholder is not None and names.is_local(placeholder)

    def _network(self) -> dict[str, str]:
        return knative_config.read(self._store, "config-network")

    def _domain(self, route: Obj) -> str:
        """Of the domains whose selector matches, the most specific; among equals the first by name."""
        if self._occasions.fires("domain-internal-only", route):  # F039
            return names.CLUSTER_DOMAIN
        labels = labels_of(route)
        rules = dict(selectors(self._store.find(CONFIG_MAPS, names.SYSTEM, "config-domain")))
        if all(rules.values()):
            rules[self._fallback] = {}
        fitting = [
            (-len(selector), domain)
            for domain, selector in rules.items()
            if all(labels.get(name) == text for name, text in selector.items())
        ]
        return min(fitting)[1]


def selectors(config_map: Obj | None) -> Iterator[tuple[str, dict[str, str]]]:
    """Every domain of config-domain with its selector. Raises yaml.YAMLError."""
    for domain, text in ((config_map or {}).get("data") or {}).items():
        if domain != knative_config.EXAMPLE:
            yield domain, (yaml.safe_load(text) or {}).get("selector") or {}


def filled(template: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        template = template.replace("{{." + name + "}}", value)
    return template
