"""Answers that are not made at once."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-ROUTE-022")
def test_answer_comes_in_pieces(streamer, streams):
    """A piece of an answer arrives before the next one is made."""
    expect.came_in_pieces(streams.pieces(streamer))


@requirement("KC-ROUTE-023")
def test_websocket_is_opened(streamer, streams):
    """A WebSocket is opened through the gateway, and brings a message there and back."""
    expect.text(streams.returned(streamer, "Guten Tag"), "Guten Tag")
