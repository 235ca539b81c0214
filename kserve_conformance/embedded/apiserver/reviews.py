"""Who may do what: whoever holds the token may do everything, as the administrator of a fresh cluster may."""

from __future__ import annotations

from kserve_conformance.embedded.objects import Obj, now

USER = {"username": "kubernetes-admin", "groups": ["system:masters", "system:authenticated"]}
EVERYTHING: Obj = {
    "resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}],
    "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}],
    "incomplete": False,
}
# (group, version, plural): kind
KINDS = {
    ("authorization.k8s.io", "v1", "selfsubjectaccessreviews"): "SelfSubjectAccessReview",
    ("authorization.k8s.io", "v1", "selfsubjectrulesreviews"): "SelfSubjectRulesReview",
    ("authorization.k8s.io", "v1", "subjectaccessreviews"): "SubjectAccessReview",
    ("authentication.k8s.io", "v1", "selfsubjectreviews"): "SelfSubjectReview",
}


def answer(path: str, asked: Obj) -> Obj | None:
    """The review with its status filled in; None when the path is no review's."""
    parts = path.strip("/").split("/")
    kind = KINDS.get((parts[1], parts[2], parts[3])) if len(parts) == 4 and parts[0] == "apis" else None
    if kind is None:
        return None
    status: Obj = {"allowed": True}
    if kind == "SelfSubjectRulesReview":
        status = EVERYTHING
    elif kind == "SelfSubjectReview":
        status = {"userInfo": USER}
    version = f"{parts[1]}/{parts[2]}"
    meta = {"creationTimestamp": now()}
    return {"apiVersion": version, "kind": kind, "metadata": meta, "spec": asked.get("spec", {}), "status": status}
