"""Makes `.venv` with the pinned wheels, once; a second run only compares a stamp.

Standard library only, and written so that an old Python gets as far as the line that names the problem.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "setup.stamp"
OLDEST, TOO_NEW = (3, 11), (3, 14)
DISK_GIB = 3


def fail(message):
    sys.exit("setup: " + message)


def check_machine():
    version = sys.version_info[:2]
    found = "%d.%d" % version  # noqa: UP031
    if version < OLDEST:
        fail("Python 3.11 or newer is needed, this is %s; run: make setup PYTHON=python3.11" % found)  # noqa: UP031
    if version >= TOO_NEW:
        fail("KServe has no release for Python %s yet; run: make setup PYTHON=python3.13" % found)  # noqa: UP031
    if not sys.platform.startswith("linux"):
        fail("Linux is needed (the embedded platform gives each pod an address of its own in 127.0.0.0/8)")
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        fail("this Python cannot make virtual environments; on Debian: apt-get install python3-venv")
    free = shutil.disk_usage(str(ROOT)).free / 2**30
    if free < DISK_GIB:
        fail(f"{free:.1f} GiB free under {ROOT}, {DISK_GIB} GiB are needed; free some space and run it again")


def wanted_stamp():
    digest = hashlib.sha256(("%d.%d" % sys.version_info[:2]).encode())  # noqa: UP031
    for name in ("pyproject.toml", "constraints.txt"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def install():
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet"]
    steps = [
        ("creating .venv", [sys.executable, "-m", "venv", "--clear", str(VENV)]),
        ("updating pip", [*pip, "install", "pip>=25.1"]),
        (
            "installing pinned packages (1.6 GB on disk, two to three minutes)",
            [
                *pip,
                "install",
                "-c",
                str(ROOT / "constraints.txt"),
                "-e",
                str(ROOT),
                "--group",
                str(ROOT / "pyproject.toml:dev"),
            ],
        ),
    ]
    for what, command in steps:
        print("setup:", what, flush=True)
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            lines = [line for line in done.stdout.splitlines() if "error" in line.lower()] or done.stdout.splitlines()
            fail("%s failed: %s" % (what.split(" (")[0], lines[-1] if lines else "no output"))  # noqa: UP031


def main():
    check_machine()
    stamp = wanted_stamp()
    # A link leads to an environment that others use, too: it is taken as it is, never cleared.
    if VENV.is_symlink() or (STAMP.exists() and STAMP.read_text() == stamp):
        return
    install()
    STAMP.write_text(stamp)


if __name__ == "__main__":
    main()
