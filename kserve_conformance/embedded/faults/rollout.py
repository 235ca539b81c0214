"""Seeded defects of rollouts."""

from __future__ import annotations

from kserve_conformance.embedded.faults import Fault

ALL = (
    Fault(
        "F068",
        "canary-in-status-only",
        "ingress",
        "status shows the split, the gateway never sends it",
        "suites/rollout/test_canary_split.py::test_split_is_what_was_asked",
    ),
    Fault(
        "F071",
        "old-revision-torn-down-early",
        "revision",
        "old pods go before the new revision takes over",
        "suites/rollout/test_promotion.py::test_no_request_is_lost_while_promoting",
    ),
    Fault(
        "F066",
        "canary-all-or-nothing",
        "controller",
        "canaryTrafficPercent is ignored, the newest revision gets everything",
        "suites/rollout/test_canary_split.py::test_split_is_what_was_asked",
    ),
    Fault(
        "F067",
        "canary-inverted",
        "ingress",
        "the gateway has the shares the wrong way round",
        "suites/rollout/test_canary_split.py::test_split_is_what_was_asked",
    ),
    Fault(
        "F069",
        "second-canary-leaks",
        "controller",
        "a second canary shares with the first one, not with the stable revision",
        "suites/rollout/test_repeated_canary.py::test_only_two_revisions_answer",
    ),
    Fault(
        "F072",
        "old-revision-never-torn-down",
        "revision",
        "a revision without requests keeps its minimum of pods",
        "suites/rollout/test_old_revision_lifetime.py::test_retired_revision_releases_its_pods",
    ),
    Fault(
        "F073",
        "broken-canary-takes-traffic",
        "revision",
        "requests go to the newest revision before it is ready",
        "suites/rollout/test_broken_revision.py::test_broken_revision_gets_no_traffic",
    ),
    Fault(
        "F074",
        "promote-drops",
        "revision",
        "a route is taken away before the new one is there",
        "suites/rollout/test_promotion.py::test_no_request_is_lost_while_promoting",
    ),
    Fault(
        "F075",
        "promote-under-scaled",
        "revision",
        "a revision with one pod of several takes over",
        "suites/rollout/test_promotion.py::test_new_revision_is_scaled_before_it_takes_over",
    ),
    Fault(
        "F077",
        "tag-url-wrong",
        "ingress",
        "the host of a tag follows the split",
        "suites/rollout/test_tag.py::test_tag_host_reaches_its_revision_only",
        ("suites/rollout/test_tag.py::test_tag_host_wakes_its_revision_only",),
    ),
    Fault(
        "F136",
        "zero-share-is-unset",
        "controller",
        "a canary of 0 % is taken for one that is not set",
        "suites/rollout/test_rollback.py::test_rollback_loses_no_request",
    ),
    Fault(
        "F137",
        "share-is-clipped",
        "controller",
        "a share of 150 % counts as 100 %",
        "suites/rollout/test_canary_edges.py::test_share_beyond_everything_changes_nothing",
    ),
    Fault(
        "F176",
        "zero-share-leaks",
        "controller",
        "a canary of 0 % gets half of the requests",
        "suites/rollout/test_canary_edges.py::test_canary_of_nothing_gets_no_request",
    ),
    Fault(
        "F177",
        "first-revision-shares",
        "controller",
        "the first revision of a service is given the share of a canary",
        "suites/rollout/test_canary_edges.py::test_first_revision_gets_everything",
    ),
    Fault(
        "F347",
        "siblings-woken",
        "autoscaler",
        "the first request to a revision at zero wakes the other ones of its service",
        "suites/rollout/test_tag.py::test_tag_host_wakes_its_revision_only",
    ),
    Fault(
        "F348",
        "rollout-at-once",
        "revision",
        "the rollout duration is ignored",
        "suites/rollout/test_gradual.py::test_share_grows_in_steps",
        # a rollout that is over at once is not watched for as long as a gradual one
        ("suites/rollout/test_gradual.py::test_gradual_rollout_loses_nothing",),
    ),
    Fault(
        "F349",
        "gradual-rollout-drops",
        "revision",
        "a gradual rollout begins with a route that is taken away, and is none any more",
        "suites/rollout/test_gradual.py::test_gradual_rollout_loses_nothing",
        ("suites/rollout/test_gradual.py::test_share_grows_in_steps",),
    ),
    Fault(
        "F350",
        "canary-of-every-part",
        "controller",
        "the share of a predictor's canary is the transformer's, too",
        "suites/rollout/test_canary_of_part.py::test_canary_leaves_the_transformer_whole",
    ),
)
