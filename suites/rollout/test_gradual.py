"""A revision that takes over little by little."""

from kserve_conformance.checks import eventually, expect
from kserve_conformance.plugin import requirement, slow

DURATION = 12  # seconds
GRADUAL = {"serving.knative.dev/rollout-duration": f"{DURATION}s"}


@slow
@requirement("KC-ROLL-012")
def test_share_grows_in_steps(deploy, watch, timings):
    """With a rollout duration a new revision's share only grows, in steps, and is everything in the end."""
    service = deploy(annotations=GRADUAL)
    with watch() as seen:
        service.update(args=["--model_name=second"])
        second = eventually(
            "everything to be the new revision's",
            service.rollout,
            until=lambda said: said.created != said.previous != "" and said.gives_newest(100),
            within=DURATION + timings.rollout,
        )
    expect.grows_to_all(seen.shares(service, second.created), steps=3)


@slow
@requirement("KC-ROLL-013")
def test_gradual_rollout_loses_nothing(deploy, taken_over, timings, traffic):
    """No request is lost while a new revision takes over little by little."""
    service = deploy(annotations=GRADUAL)
    with traffic(service, rate=20, path="/v1/models") as sent:
        service.update(args=["--model_name=second"])
        taken_over(sent, by="second")
        sent.go_on(for_=timings.settle)
    expect.nothing_lost(sent.samples, at_least=20 * DURATION // 2)
