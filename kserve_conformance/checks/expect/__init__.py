"""Facts that must hold, once: nothing here looks twice. Each raises BrokenPromise, which says what was seen instead.

Where an empty collection would satisfy a fact, the test has to say how many there must be at least.
"""

from kserve_conformance.checks.expect.answers import (
    answered,
    answered_by,
    json_body,
    json_error,
    members,
    no_model_answered,
    refused_with_json,
    status,
)
from kserve_conformance.checks.expect.platforms import all_json, available, contains
from kserve_conformance.checks.expect.predictions import (
    each_predicts,
    output_datatypes,
    outputs,
    predictions,
    shapes_count_data,
)
from kserve_conformance.checks.expect.services import (
    absent,
    accepted,
    conditions,
    not_ready,
    owned,
    rejected,
)
from kserve_conformance.checks.expect.traffic import nothing_lost, share
from kserve_conformance.checks.expect.values import at_most, count, differs, equal, known, some, within

__all__ = [
    "absent",
    "accepted",
    "all_json",
    "answered",
    "answered_by",
    "at_most",
    "available",
    "conditions",
    "contains",
    "count",
    "differs",
    "each_predicts",
    "equal",
    "json_body",
    "json_error",
    "known",
    "members",
    "no_model_answered",
    "not_ready",
    "nothing_lost",
    "output_datatypes",
    "outputs",
    "owned",
    "predictions",
    "refused_with_json",
    "rejected",
    "shapes_count_data",
    "share",
    "some",
    "status",
    "within",
]
