"""Pinned stacks as data (`manifests/stacks/`), and the one driver that installs them into Kind clusters."""
