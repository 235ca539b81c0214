"""Facts that must hold, once: nothing here looks twice. Each raises BrokenPromise, which says what was seen instead.

Where an empty collection would satisfy a fact, the test has to say how many there must be at least.
"""

from kserve_conformance.checks.expect.answers import (
    answered,
    answered_by,
    each_failed,
    each_refused,
    error_text,
    failed,
    has_members,
    json_body,
    json_error,
    members,
    no_model_answered,
    refused,
    refused_with_json,
    status,
)
from kserve_conformance.checks.expect.pipeline import (
    logged_once,
    own_batched_answers,
    passed_through,
    same_status,
    trail,
)
from kserve_conformance.checks.expect.platforms import all_json, available, contains
from kserve_conformance.checks.expect.predictions import (
    each_predicts,
    output_datatypes,
    predictions,
    shapes_count_data,
)
from kserve_conformance.checks.expect.recovery import files_found
from kserve_conformance.checks.expect.routing import counted, executed_once, header_seen, public_host, trace_seen
from kserve_conformance.checks.expect.scaling import at_least, most_inside, settled
from kserve_conformance.checks.expect.services import (
    absent,
    accepted,
    conditions,
    defaulted,
    not_ready,
    owned,
    pods,
    rejected,
)
from kserve_conformance.checks.expect.storage import kept_secret, names_uri, serves_model
from kserve_conformance.checks.expect.tensors import (
    binary_outputs,
    each_infers,
    ids,
    largest_shares,
    output_names,
    outputs,
)
from kserve_conformance.checks.expect.traffic import answered_only_by, nothing_lost, share
from kserve_conformance.checks.expect.values import at_most, count, differs, equal, known, one_of, some, within

__all__ = [
    "absent",
    "accepted",
    "all_json",
    "answered",
    "answered_by",
    "answered_only_by",
    "at_least",
    "at_most",
    "available",
    "binary_outputs",
    "conditions",
    "contains",
    "count",
    "counted",
    "defaulted",
    "differs",
    "each_failed",
    "each_infers",
    "each_predicts",
    "each_refused",
    "equal",
    "error_text",
    "executed_once",
    "failed",
    "files_found",
    "has_members",
    "header_seen",
    "ids",
    "json_body",
    "json_error",
    "kept_secret",
    "known",
    "largest_shares",
    "logged_once",
    "members",
    "most_inside",
    "names_uri",
    "no_model_answered",
    "not_ready",
    "nothing_lost",
    "one_of",
    "output_datatypes",
    "output_names",
    "outputs",
    "own_batched_answers",
    "owned",
    "passed_through",
    "pods",
    "predictions",
    "public_host",
    "refused",
    "refused_with_json",
    "rejected",
    "same_status",
    "serves_model",
    "settled",
    "shapes_count_data",
    "share",
    "some",
    "status",
    "trace_seen",
    "trail",
    "within",
]
