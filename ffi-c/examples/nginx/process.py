"""nginx in a folder of its own, and what all tests of it share."""

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import jwt

HERE = Path(__file__).parent
NGINX = "http://127.0.0.1:8400"
# Seconds after which something hangs, on however busy a machine.
PATIENCE = 300

wrong: list[str] = []


def check(what: str, good: bool, shown: object = "") -> None:
    """Print a line, and keep what is wrong."""
    if not good:
        wrong.append(what)
    print(f"{'ok   ' if good else 'WRONG'} {what}{'' if good else f': {shown}'}", flush=True)


async def eventually(holds: Callable[[], bool]) -> bool:
    """Wait until something holds; false if it never does."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.05)
    return True


def readme_blocks() -> list[str]:
    """The nginx blocks of the README."""
    return re.findall(r"```nginx\n(.*?)```", (HERE / "README.md").read_text(), re.DOTALL)


def readme_conf() -> str:
    """The first of them, which is a whole configuration."""
    return readme_blocks()[0]


def jwks(*keys: tuple[Any, str]) -> str:
    """A public key set."""
    each = [json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key())) | {"kid": kid} for key, kid in keys]
    return json.dumps({"keys": each})


class Nginx:
    """nginx in a folder of its own."""

    def __init__(self, module: str, preload: str | None, url: str = NGINX) -> None:
        self.url = url
        self.folder = Path(tempfile.mkdtemp(prefix="doorward-nginx-"))
        self.folder.chmod(0o755)
        for name in ("tmp", "html/notes", "html/reports", "html/open"):
            (self.folder / name).mkdir(parents=True)
        for name in ("notes", "reports", "open"):
            (self.folder / "html" / name / "x.txt").write_text(f"{name}\n")
        shutil.copy(module, self.folder)
        self.conf(readme_conf())
        self.environment = dict(os.environ, ASAN_OPTIONS=f"log_path={self.folder}/asan:detect_odr_violation=0")
        if preload:
            self.environment["LD_PRELOAD"] = preload
        # What only reads a configuration and exits frees nothing, which is nginx's way.
        self.briefly = self.environment | {"ASAN_OPTIONS": self.environment["ASAN_OPTIONS"] + ":detect_leaks=0"}
        self.binary = shutil.which("nginx") or "/usr/sbin/nginx"
        self.process: subprocess.Popen[bytes] | None = None

    def conf(self, text: str) -> None:
        (self.folder / "nginx.conf").write_text(text)

    def command(self, *arguments: str) -> list[str]:
        return [self.binary, "-p", f"{self.folder}/", "-c", "nginx.conf", "-e", "error.log", *arguments]

    def start(self) -> None:
        self.process = subprocess.Popen(self.command("-g", "daemon off;"), env=self.environment)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/open/x.txt", trust_env=False).status_code == 200:
                    return
            time.sleep(0.05)
        raise SystemExit(f"nginx does not start:\n{self.log()}")

    async def reload(self) -> None:
        """New workers, without keys, and none of the old ones."""
        before = self.exited()
        subprocess.run(self.command("-s", "reload"), env=self.briefly, check=True, timeout=PATIENCE)
        if not await eventually(lambda: self.exited() == before + 2):
            raise SystemExit(f"the workers before do not end:\n{self.log()}")

    def exited(self) -> int:
        """How many workers have ended, as is told in whichever log."""
        logs = (self.folder / name for name in ("error.log", "info.log"))
        return sum(len(re.findall(r"worker process \d+ exited", log.read_text())) for log in logs if log.exists())

    def stop(self) -> int:
        """Gracefully; its exit status."""
        self.process.send_signal(signal.SIGQUIT)
        return self.process.wait(PATIENCE)

    def tested(self, text: str) -> subprocess.CompletedProcess[str]:
        """What `nginx -t` says of a configuration."""
        (self.folder / "wrong.conf").write_text(text)
        arguments = [self.binary, "-t", "-q", "-p", f"{self.folder}/", "-c", "wrong.conf", "-e", "wrong.log"]
        return subprocess.run(
            arguments, env=self.briefly, capture_output=True, text=True, timeout=PATIENCE, check=False
        )

    def refused_conf(self, text: str) -> str:
        """What `nginx -t` has against a configuration; empty if nothing."""
        result = self.tested(text)
        return result.stderr if result.returncode else ""

    def log(self) -> str:
        return (self.folder / "error.log").read_text() if (self.folder / "error.log").exists() else ""

    def reason(self) -> str:
        """The last reason in the log."""
        found = re.findall(r"doorward: (.*?), policy: ", self.log())
        return found[-1] if found else ""
