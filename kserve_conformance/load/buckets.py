"""Three significant digits for locust's own statistics.

Locust rounds to whole milliseconds below 100 ms and to two digits above: 0.35 ms becomes 0 and 104.9 ms becomes 100.
Nothing this project reports comes from there, but its page and table are looked at.
"""

from __future__ import annotations

import math


def three_digits(milliseconds: float) -> float:
    if milliseconds < 0.001:
        return 0.0
    return round(milliseconds, 2 - math.floor(math.log10(milliseconds)))
