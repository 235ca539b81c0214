"""The programs in the containers of pods: the model servers, and the storage initializer.

Each module's `main` takes the container's arguments; a zygote forks it.
"""

from __future__ import annotations

import os

# What the kubelet tells a program besides the container's own variables: the version of its image, and the seeded
# defects of this layer, comma separated.
VERSION_ENV = "EMBEDDED_IMAGE_VERSION"
FAULTS_ENV = "EMBEDDED_FAULTS"


def version() -> str:
    """Of the image, as its tag says it; empty for a tag that is no version."""
    tag = os.environ.get(VERSION_ENV, "")
    return tag if tag[:1].isdigit() else ""


def seeded() -> frozenset[str]:
    """The defects that this container shall have."""
    return frozenset(os.environ.get(FAULTS_ENV, "").split(","))
