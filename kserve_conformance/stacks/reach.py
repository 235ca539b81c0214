"""Whether a gateway answers at an address of this machine."""

from __future__ import annotations

import httpx

WITHIN = 5.0


def unreached(address: str) -> str:
    """Why nothing answers; empty when something does, be it with 404: that is what a gateway says of unknown hosts."""
    try:
        httpx.get(f"http://{address}/", timeout=WITHIN, trust_env=False)
    except httpx.HTTPError as error:
        return f"{type(error).__name__}: {error}"
    return ""
