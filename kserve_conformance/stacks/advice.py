"""What usually lies behind an error of the tools, and what mends it. Nothing is said of what is not known."""

from __future__ import annotations

# The first text that occurs in what was said counts, in small letters. {delete} is the command that starts over.
KNOWN: tuple[tuple[str, str], ...] = (
    ("cannot connect to the docker daemon", "Docker is not running: start it"),
    ("permission denied while trying to connect to the docker", "your user may not use Docker: join its group"),
    (
        "port is already allocated",
        "127.0.0.1:8080 is taken, most often by the cluster of the other stack: make cluster-delete STACK=...",
    ),
    ("address already in use", "another program listens on 127.0.0.1:8080: stop it"),
    (
        "too many open files",
        "the machine's inotify limits are too low: sudo sysctl fs.inotify.max_user_watches=524288 "
        "fs.inotify.max_user_instances=512",
    ),
    ("no space left on device", "the disk is full: docker system prune, or free some space"),
    ("toomanyrequests", "Docker Hub limits anonymous pulls for some hours: wait, or pull through a mirror"),
    ("another operation (install/upgrade/rollback)", "a run was killed while Helm worked: start over with {delete}"),
    ("certificate signed by unknown authority", "a webhook's certificate is not there yet, or cert-manager is ill"),
    ("could not resolve host", "there is no network, or a proxy is not set"),
    ("no such host", "there is no network, or a proxy is not set"),
)


def likely(said: str, *, delete: str) -> str:
    """One sentence, empty when this error is not known."""
    small = said.lower()
    return next((cause.format(delete=delete) for text, cause in KNOWN if text in small), "")
