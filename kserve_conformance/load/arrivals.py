"""When requests are meant to start. Decided before the first one is sent, so that no answer can delay the next."""

from __future__ import annotations

import math
import random
from array import array
from typing import Literal

Kind = Literal["constant", "poisson"]


def offsets(kind: Kind, *, rate: float, seconds: float, seed: int) -> array[float]:
    """Seconds after the start, ascending, all below `seconds`. The same arguments give the same arrivals."""
    if rate <= 0 or seconds <= 0:
        raise ValueError(f"rate {rate} and seconds {seconds} must be above zero")
    return _constant(rate, seconds) if kind == "constant" else _poisson(rate, seconds, seed)


def _constant(rate: float, seconds: float) -> array[float]:
    """Each from its own index: adding up gaps would add up their rounding."""
    return array("d", (index / rate for index in range(math.ceil(rate * seconds - 1e-9))))


def _poisson(rate: float, seconds: float, seed: int) -> array[float]:
    """Independent users: exponential gaps (MLPerf LoadGen, Server scenario)."""
    chance = random.Random(seed)
    found = array("d")
    at = chance.expovariate(rate)
    while at < seconds:
        found.append(at)
        at += chance.expovariate(rate)
    return found
