"""What can go wrong, with Triton's codes (core src/status.{h,cc}). Over HTTP every one of them is a 400."""

from __future__ import annotations

from enum import Enum


class Code(Enum):
    """Values are the words in the log, and over gRPC the code's name."""

    UNKNOWN = ("Unknown", "UNKNOWN")
    INTERNAL = ("Internal", "INTERNAL")
    NOT_FOUND = ("Not found", "NOT_FOUND")
    INVALID_ARG = ("Invalid argument", "INVALID_ARGUMENT")
    UNAVAILABLE = ("Unavailable", "UNAVAILABLE")
    UNSUPPORTED = ("Unsupported", "UNIMPLEMENTED")


class TritonError(Exception):
    def __init__(self, message: str, code: Code = Code.INVALID_ARG) -> None:
        super().__init__(message)
        self.code = code

    def __str__(self) -> str:
        return str(self.args[0])

    @property
    def logged(self) -> str:
        return f"{self.code.value[0]}: {self}"
