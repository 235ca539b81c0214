"""What controllers ask the data plane."""

from __future__ import annotations

from typing import Protocol


class GatewayState(Protocol):
    """The gateway as it answers now, not as it was told to."""

    def serves(self, host: str) -> bool:
        """Whether a request for that host would reach a backend."""
