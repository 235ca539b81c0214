"""What can go wrong, with MLServer's words and HTTP status (mlserver/{,codecs/,parallel/}errors.py)."""

from __future__ import annotations


class ServerError(Exception):
    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class ModelNotFoundError(ServerError):
    def __init__(self, name: str, version: str | None) -> None:
        suffix = f" with version {version}" if version else ""
        super().__init__(f"Model {name}{suffix} not found", 404)


class InferenceError(ServerError):
    """The request cannot be answered by this model."""

    original = "mlserver.errors.InferenceError"


class CodecError(ServerError):
    """The request's tensors cannot be decoded."""

    original = "mlserver.codecs.errors.CodecError"

    def __init__(self, what: str) -> None:
        super().__init__(f"There was an error encoding / decoding the payload: {what}")


class WorkerError(ServerError):
    """What a model raised in its worker process: the class is named in front, since MLServer 1.2."""

    def __init__(self, cause: Exception) -> None:
        kind = getattr(cause, "original", f"{type(cause).__module__}.{type(cause).__name__}")
        super().__init__(f"{kind}: {cause}", cause.status if isinstance(cause, ServerError) else 500)
