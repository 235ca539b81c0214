"""The embedded platform: one more kubeconfig."""

import os

# Before anything imports gRPC: every fork of ours is followed by an exec, and gRPC would write a line about each.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
