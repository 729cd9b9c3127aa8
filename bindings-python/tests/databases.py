"""PostgreSQL and Redis for tests, each a process of its own on a loopback port, in a folder that goes with it."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def _program(*names: str) -> str:
    for name in names:
        if found := shutil.which(name) or next(
            map(str, sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))), None
        ):
            return found
    missing = f"{names[0]} is not installed: scripts/debian-packages"
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)


def _port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def _running(command: list[str], port: int, user: str | None = None) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, user=user)  # noqa: S603
    try:
        for _ in range(600):
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, command
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def postgresql() -> Iterator[str]:
    """Yield the URL of an empty database."""
    initdb, server = _program("initdb"), _program("postgres")
    # It refuses to run as root.
    user = None if os.getuid() else "postgres"
    with tempfile.TemporaryDirectory() as folder:
        if user:
            os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
        setup = [initdb, "-D", f"{folder}/data", "-A", "trust", "-U", "doorward", "--no-sync"]
        subprocess.run(setup, check=True, stdout=subprocess.DEVNULL, user=user, cwd=folder)  # noqa: S603
        port = _port()
        options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off"}
        command = [server, "-D", f"{folder}/data", "-p", str(port)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        with _running(command, port, user):
            ask = [_program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
            for _ in range(600):
                if subprocess.run(ask, check=False).returncode == 0:  # noqa: S603
                    break
                time.sleep(0.05)
            yield f"postgresql://doorward@127.0.0.1:{port}/postgres"


@contextmanager
def redis() -> Iterator[str]:
    """Yield the URL of an empty database."""
    server, port = _program("valkey-server", "redis-server"), _port()
    with tempfile.TemporaryDirectory() as folder:
        options = {"--port": str(port), "--bind": "127.0.0.1", "--dir": folder, "--appendonly": "yes", "--save": ""}
        with _running([server, *(part for option in options.items() for part in option)], port):
            yield f"redis://127.0.0.1:{port}/0"
