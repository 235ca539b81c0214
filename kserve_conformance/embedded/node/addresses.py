"""Loopback addresses: one block of 127/8 for each platform on the machine, one address of it for each pod."""

from __future__ import annotations

import itertools
import random
import socket
from collections.abc import Iterator

BLOCKS = range(16, 250)
KUBELET_PORT = 10250  # nothing serves there: holding it is what marks a block as taken


def take_block() -> tuple[int, socket.socket]:
    """A second octet nobody else uses, and the socket that holds it as long as it is open.

    Raises OSError when every block is taken.
    """
    for block in random.sample(BLOCKS, len(BLOCKS)):
        holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            holder.bind((f"127.{block}.0.1", KUBELET_PORT))
        except OSError:
            holder.close()
        else:
            holder.listen(1)
            return block, holder
    raise OSError("every block of loopback addresses is in use by another embedded platform")


def pod_addresses(block: int) -> Iterator[str]:
    """Round and round, so that an address is used again as late as possible. 127.<block>.0.x is not for pods."""
    for third, last in itertools.cycle(itertools.product(range(1, 255), range(1, 255))):
        yield f"127.{block}.{third}.{last}"


def block_of(address: str) -> int:
    return int(address.split(".")[1])


def local_gateway(block: int) -> tuple[str, int]:
    """Host and port of the gateway for requests from inside the cluster."""
    return f"127.{block}.0.2", 8081
