"""Where the emulated stacks differ in what a client sees; catalogue table (a) has the sources."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Stack:
    """One set of versions. `kubernetes` carries `embedded` as build metadata: that is how a client can tell."""

    name: str
    kubernetes: str
    kserve: str
    knative: str
    istio: str
    cert_manager: str
    component_ending: str  # of the object behind a component, after the service and the component
    mode: str  # the name of the deployment mode on Knative
    reports_mode: bool  # status.deploymentMode and the runtime's name (KServe 0.16)
    summary_conditions: bool  # RoutesReady, LatestDeploymentReady (0.11)
    stopped_condition: bool  # Stopped (0.16)
    address_has_path: bool  # status.address.url ends in the inference path (before 0.11)
    scheme_checked_at_admission: bool  # unknown storage schemes (before 0.11.2)
    watches_pods: bool  # the KServe controller; and a refused child shows in PredictorReady (0.17)
    mode_immutable: bool  # the deployment mode of a service (0.16)
    runtime_priority: bool  # priority of a model format (0.11)
    direct_claims: bool  # persistent volume claims are mounted in place of an init container (0.16)
    autoscaling_annotations_on_pods: bool  # Knative before 1.21
    timeout_is_total: bool  # timeoutSeconds limits all of a response, before Knative 1.20 only its first byte
    fallback_domain: str  # of config-domain without a default (Knative 1.8)
    tls_message: str  # of a Route's CertificateProvisioned (Knative 1.12)
    domain_mapping_component: bool  # a Deployment of its own (before Knative 1.11)
    desired_scale_kept: bool  # of a PodAutoscaler, while there is no news (Knative 1.8)
    unreachable_leave_at_once: bool  # whatever their initial scale and retention (Knative 1.8)
    own_revisions_only: bool  # a Service's traffic may only name revisions of its own (Knative 1.21)


TUTORIAL = Stack(
    name="tutorial",
    kubernetes="v1.25.16+embedded",
    kserve="0.10.0",
    knative="1.7.2",
    istio="1.16.0",
    cert_manager="1.11.0",
    component_ending="-default",
    mode="Serverless",
    reports_mode=False,
    summary_conditions=False,
    stopped_condition=False,
    address_has_path=True,
    scheme_checked_at_admission=True,
    watches_pods=False,
    mode_immutable=False,
    runtime_priority=False,
    direct_claims=False,
    autoscaling_annotations_on_pods=True,
    timeout_is_total=False,
    fallback_domain="example.com",
    tls_message="autoTLS is not enabled",
    domain_mapping_component=True,
    desired_scale_kept=False,
    unreachable_leave_at_once=False,
    own_revisions_only=False,
)

CURRENT = Stack(
    name="current",
    kubernetes="v1.33.4+embedded",
    kserve="0.20.0",
    knative="1.21.1",
    istio="1.27.1",
    cert_manager="1.17.0",
    component_ending="",
    mode="Knative",
    reports_mode=True,
    summary_conditions=True,
    stopped_condition=True,
    address_has_path=False,
    scheme_checked_at_admission=False,
    watches_pods=True,
    mode_immutable=True,
    runtime_priority=True,
    direct_claims=True,
    autoscaling_annotations_on_pods=False,
    timeout_is_total=True,
    fallback_domain="svc.cluster.local",
    tls_message="external-domain-tls is not enabled",
    domain_mapping_component=False,
    desired_scale_kept=True,
    unreachable_leave_at_once=True,
    own_revisions_only=True,
)

STACKS = {each.name: each for each in (CURRENT, TUTORIAL)}
