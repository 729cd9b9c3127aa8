"""What a run was made on and with, as lines that `report.py` passes on: `describe.py CARGO_LOCK`."""

import datetime
import os
import platform
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

RUST = ["jsonwebtoken", "jwt-simple", "jwt-compact", "josekit", "boring", "aws-lc-rs", "rsa", "p256", "p384"]
RUST += ["ed25519-dalek", "curve25519-dalek", "hmac"]
PYTHON = ["fastmcp", "PyJWT", "joserfc", "Authlib", "python-jose", "cryptography"]
C = ["libjwt", "cjose", "librhonabwy"]


def said(*command: str) -> str:
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "none"


def cpu() -> str:
    """The processor, and those of its extensions that decide which code the libraries choose."""
    if platform.system() != "Linux":
        return said("sysctl", "-n", "machdep.cpu.brand_string")
    known = dict(re.findall(r"(.+?)\s*: (.*)", Path("/proc/cpuinfo").read_text()))
    flags = known.get("flags", known.get("Features", "")).split()
    found = [flag for flag in ("avx2", "adx", "avx512ifma", "sha_ni", "sha2", "asimd") if flag in flags]
    name = known.get("model name", "CPU part " + known.get("CPU part", "unknown"))
    return f"{name} family {known.get('cpu family', '?')} model {known.get('model', '?')} ({' '.join(found)})"


def main(lock: Path) -> None:
    packages: dict[str, list[str]] = {}
    for name, version in re.findall(r'name = "(.+)"\nversion = "(.+)"', lock.read_text()):
        packages.setdefault(name, []).append(version)
    print("# date:", datetime.date.today().isoformat())
    print(f"# machine: {cpu()}, {os.cpu_count()} CPUs, {platform.system()} {platform.machine()}")
    print("# load when it began:", " ".join(f"{load:.1f}" for load in os.getloadavg()))
    print("# compiler:", said("rustc", "--version"))
    print("# Rust:", ", ".join(f"{name} {' and '.join(packages[name])}" for name in RUST))
    print("# CPython:", platform.python_version())
    print("# Python:", ", ".join(f"{name} {metadata.version(name)}" for name in PYTHON))
    print("# C:", ", ".join(f"{name} {said('pkg-config', '--modversion', name)}" for name in C))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
