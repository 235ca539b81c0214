"""What ends the platform; and Kubernetes `Status` failures, which are written to clients as they are.

Codes and reasons follow apimachinery's `pkg/api/errors` and `pkg/apis/meta/v1/types.go`.
"""

from __future__ import annotations

from typing import Any


class PlatformError(Exception):
    """The platform could not start, or a part of it ended; the message is one line for people."""


class ApiError(Exception):
    """A failed API call: HTTP code, machine-readable reason, message for people, optional details."""

    def __init__(self, code: int, reason: str, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details or {}

    def status(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "code": self.code,
        }
        if self.details:
            body["details"] = self.details
        return body


def not_found(group: str, plural: str, name: str) -> ApiError:
    qualified = f"{plural}.{group}" if group else plural
    details = {"name": name, "kind": plural} | ({"group": group} if group else {})
    return ApiError(404, "NotFound", f'{qualified} "{name}" not found', details)


def already_exists(group: str, plural: str, name: str) -> ApiError:
    qualified = f"{plural}.{group}" if group else plural
    details = {"name": name, "kind": plural} | ({"group": group} if group else {})
    return ApiError(409, "AlreadyExists", f'{qualified} "{name}" already exists', details)


def conflict(group: str, plural: str, name: str, why: str) -> ApiError:
    qualified = f"{plural}.{group}" if group else plural
    details = {"name": name, "kind": plural} | ({"group": group} if group else {})
    return ApiError(409, "Conflict", f'Operation cannot be fulfilled on {qualified} "{name}": {why}', details)


def invalid(group: str, kind: str, name: str, message: str) -> ApiError:
    qualified = f"{kind}.{group}" if group else kind
    return ApiError(422, "Invalid", f'{qualified} "{name}" is invalid: {message}', {"name": name, "kind": kind})


def bad_request(message: str) -> ApiError:
    return ApiError(400, "BadRequest", message)


def expired(message: str) -> ApiError:
    return ApiError(410, "Expired", message)


def denied(webhook: str, message: str) -> ApiError:
    """What a client sees when an admission webhook refuses: controller-runtime answers 403 Forbidden, and the API
    server puts the webhook's name in front (apiserver `webhookerrors.ToStatusErr`)."""
    return ApiError(403, "Forbidden", f'admission webhook "{webhook}" denied the request: {message}')
