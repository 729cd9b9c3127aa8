"""PostgreSQL and Redis for tests, each a process of its own on a loopback port, in a folder that goes with it."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ports import reserved


def program(*names: str) -> str:
    for name in names:
        found = next(map(str, sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))), None)
        if found := shutil.which(name) or found:
            return found
    pytest.fail(f"{names[0]} is not installed: scripts/debian-packages")


class Server:
    """A server that is started, killed and started again."""

    def __init__(self, url: str, command: list[str], asks: list[str], user: str | None = None) -> None:
        self.url, self._command, self._asks, self._user = url, command, asks, user
        self.start()

    def start(self) -> None:
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen(self._command, stdout=quiet, stderr=quiet, user=self._user)  # noqa: S603
        for _ in range(600):
            if subprocess.run(self._asks, check=False, stdout=quiet, stderr=quiet).returncode == 0:  # noqa: S603
                return
            assert self.process.poll() is None, self._command
            time.sleep(0.05)
        raise AssertionError(f"{self._command[0]} does not answer")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        # PostgreSQL takes SIGTERM for a wish to wait for its clients.
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()


@contextmanager
def postgresql() -> Iterator[Server]:
    """Yield a server with an empty database."""
    initdb, postgres, ready = program("initdb"), program("postgres"), program("pg_isready")
    # It refuses to run as root.
    user = None if os.getuid() else "postgres"
    held, port = reserved()
    with held, tempfile.TemporaryDirectory() as folder:
        if user:
            os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
        setup = [initdb, "-D", f"{folder}/data", "-A", "trust", "-U", "doorward", "--no-sync"]
        subprocess.run(setup, check=True, stdout=subprocess.DEVNULL, user=user, cwd=folder)  # noqa: S603
        command = [postgres, "-D", f"{folder}/data", "-p", str(port)]
        for option in ("listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"):
            command += ["-c", option]
        url = f"postgresql://doorward@127.0.0.1:{port}/postgres"
        server = Server(url, command, [ready, "-q", "-h", "127.0.0.1", "-p", str(port)], user)
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def redis() -> Iterator[Server]:
    """Yield a server with an empty database, which writes each step to its disk."""
    valkey, client = program("valkey-server", "redis-server"), program("valkey-cli", "redis-cli")
    held, port = reserved()
    with held, tempfile.TemporaryDirectory() as folder:
        command = [valkey, "--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""]
        command += ["--appendonly", "yes", "--appendfsync", "always"]
        server = Server(f"redis://127.0.0.1:{port}/0", command, [client, "-e", "-p", str(port), "get", "ready"])
        try:
            yield server
        finally:
            server.stop()
