"""Waking at an instant. `epoll` counts whole milliseconds; a timerfd beside its sockets is exact to some 50 us.

Through ctypes, because `os.timerfd_create` came with Python 3.13.
"""

from __future__ import annotations

import ctypes
import os

_CLOCK_MONOTONIC = 1  # the clock of time.monotonic()
_ABSOLUTE = 1
_libc = ctypes.CDLL(None, use_errno=True)


class _Time(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _TimerSetting(ctypes.Structure):
    _fields_ = (("interval", _Time), ("value", _Time))


class Timer:
    """Its file descriptor becomes readable at the instant it was last set to."""

    def __init__(self) -> None:
        self.fd: int = _libc.timerfd_create(_CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
        if self.fd < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        self._setting = _TimerSetting()
        self._at = 0.0

    def wake_at(self, instant: float) -> None:
        """Monotonic seconds; an instant that is over wakes at once. Setting it takes back an earlier one."""
        if instant == self._at:
            return
        self._at = instant
        nanoseconds = max(1, int(instant * 1e9))  # zero would switch it off
        self._setting.value.seconds, self._setting.value.nanoseconds = divmod(nanoseconds, 1_000_000_000)
        if _libc.timerfd_settime(self.fd, _ABSOLUTE, ctypes.byref(self._setting), None):
            raise OSError(ctypes.get_errno(), "timerfd_settime")

    def woke(self) -> None:
        """Take note of it, or the descriptor stays readable."""
        os.read(self.fd, 8)
        self._at = 0.0

    def close(self) -> None:
        os.close(self.fd)
