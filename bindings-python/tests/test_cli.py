"""The command `doorward`, as a shell runs it."""

import asyncio
import io
import json
import os
import re
import shlex
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT, SHARED_STORES
from doorward import ApiKey
from doorward.cli import main
from doorward.cli.problem import Problem
from doorward.cli.times import limit, moment, seconds
from doorward.sealing_keys import read_sealing_keys
from doorward.store import open_store
from doorward.store.sealed_store import SealedStore
from doorward.store.sqlite import SqliteStore


class Shell:
    """Runs commands, and tells their codes, what they print and what they say."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.capsys, self.monkeypatch = capsys, monkeypatch
        monkeypatch.chdir(folder)
        for name in ("DOORWARD_STORE", "DOORWARD_STORE_KEYS", "DOORWARD_PEPPERS"):
            monkeypatch.delenv(name, raising=False)

    def __call__(self, line: str, typed: str = "") -> tuple[int, str, str]:
        self.monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        with pytest.raises(SystemExit) as exit:
            main(shlex.split(line) if line.count("'") == 2 else line.split())
        printed = self.capsys.readouterr()
        code = exit.value.code
        assert isinstance(code, int)
        return code, printed.out, printed.err

    def json(self, line: str, typed: str = "") -> Any:
        code, out, _ = self(f"{line} --json", typed)
        assert code == 0, out
        return json.loads(out)


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Shell:
    return Shell(capsys, monkeypatch, tmp_path)


@pytest.fixture
def ready(shell: Shell) -> Shell:
    shell.monkeypatch.setenv("DOORWARD_STORE", "sqlite:keys.db")
    shell.monkeypatch.setenv("DOORWARD_PEPPERS", "peppers")
    assert shell("keys pepper peppers")[0] == 0
    return shell


@pytest.mark.parametrize("store_url", SHARED_STORES, indirect=True)
def test_the_life_of_a_key(ready: Shell, store_url: str) -> None:
    ready.monkeypatch.setenv("DOORWARD_STORE", store_url)
    code, out, err = ready(
        "keys create --owner ada --note laptop --scope read --scope write --expires 90d --limit 9/1m:3"
    )
    assert code == 0
    text = out.strip()
    id = ApiKey.parse(text).id
    assert id in err and text not in err, "only the key is printed, for a pipe"
    shown = ready.json(f"keys show {id}")
    assert shown["status"] == "active" and shown["scopes"] == ["read", "write"] and shown["limit"] == [9, 60_000, 3]
    # The clock is read twice, and a machine may stand still in between.
    assert 0 <= shown["created_at"] - (shown["expires_at"] - 90 * 86_400) <= 60
    assert ready.json("keys check --scope read", text)["valid"]
    again = ready.json(f"keys rotate {id} --overlap 1h")
    assert again["replaces"] == id and ready.json(f"keys show {id}")["status"] == "rotated"
    listed = ready("keys list")[1]
    assert id in listed and again["id"] in listed and "ada" in listed
    heads, first = (re.split("  +", line.strip()) for line in listed.splitlines()[:2])
    assert "pepper" in heads and shown["pepper"] == 1 and "1" in first
    ours = {
        each["id"]: each["status"] for each in ready.json("keys list --owner ada") if each["id"] in (id, again["id"])
    }
    assert ours == {id: "rotated", again["id"]: "active"}
    assert again["id"] not in ready("keys list --status rotated")[1]
    assert ready.json(f"keys expire {again['id']} 3d")["status"] == "expiring"
    assert ready.json(f"keys expire {again['id']} never")["expires_at"] is None
    assert ready.json(f"keys revoke {id}")["revoked"]
    everything = "".join(ready(line)[1] for line in ("keys list", "keys list --json", f"keys show {id}"))
    assert text[-72:-8] not in everything and again["key"][-72:-8] not in everything and "dw1$" not in everything
    code, out, err = ready("keys check --json", text)
    assert (code, json.loads(out)) == (4, {"valid": False, "error": "api_key_revoked"})


def test_the_codes_are_those_that_the_help_lists(ready: Shell) -> None:
    [codes] = [part for part in ready("keys --help")[1].split("Exit codes:")[1:]]
    assert set(re.findall(r"\b([0-9]) ", codes)) == {"0", "2", "3", "4", "5"}
    key, good = ready.json("keys create"), ready.json("keys create")
    ready(f"keys revoke {key['id']}")
    Path("bytes").write_bytes(b"\xff\xfe")
    for line, expected in (
        ("keys show 0123456789abcdef", 3),
        ("keys revoke 0123456789abcdef", 3),
        (f"keys rotate {key['id']}", 4),
        (f"keys expire {key['id']} never", 4),
        ("keys nothing", 2),
        ("keys show", 2),
        ("keys create --limit 5", 2),
        ("keys create --limit 0/1m", 2),
        ("keys create --limit 5/1m:0", 2),
        ("keys create --limit 5/0m", 2),
        ("keys create --scope ''", 2),
        ("keys create --expires 2001-01-01", 2),
        ("keys create --expires 1d --starts 2d", 2),
        ("keys create --expires soon", 2),
        ("keys create --starts never", 2),
        ('keys create --scope "', 2),
        ("keys create --scope 'read write'", 2),
        ("keys create --scope read,write", 2),
        ("keys check --scope read,write", 2),
        ("keys create --prefix Not", 2),
        ("keys create --peppers none", 2),
        ("keys list --store mysql://x", 5),
        ("keys list --store redis://127.0.0.1:9", 5),
        ("keys list --store redis://[x", 5),
        ("keys list --store mysql://[x", 5),
        ("keys list --store sqlite", 5),
        ("keys list --store //[x:y", 5),
        (f"keys list --store sqlite:{'a' * 300}", 5),
        (f"store check --store sqlite:{'a' * 300}", 5),
        ("keys list --store redis://127.0.0.1:9/0?unknown=1", 5),
        (f"keys list --store redis://{'a' * 70}", 5),
        ("keys check --file none", 2),
        ("keys check --file bytes", 2),
        ("keys create --expires 999999999d", 2),
        (f"keys rotate {key['id']} --overlap 9999w", 2),
        (f"keys rotate {good['id']} --overlap 91d", 2),
        ("keys list --store 'postgresql://u@127.0.0.1:9/db?password=hunter2'", 2),
        ("keys list --store 'redis://127.0.0.1:9/0?Password=hunter2'", 2),
    ):
        code, out, err = ready(line)
        assert (code, out) == (expected, "") and err and "Traceback" not in err, line
    assert ready("keys check", "nothing like a key")[0] == 4
    assert ready("keys check", ApiKey.mint("mcp", b"u" * 32).reveal())[0] == 4


def test_what_is_stored_of_a_key_writes_nothing_else_to_a_terminal(ready: Shell) -> None:
    key = ready.json("keys create --owner '\x1b[2Jada' --note \x1b]0;x")
    for line in ("keys list", f"keys show {key['id']}"):
        code, out, _ = ready(line)
        assert code == 0 and "\\u{1b}[2Jada" in out and "\x1b" not in out
    assert ready.json(f"keys show {key['id']}")["owner"] == "\x1b[2Jada"


def test_all_that_a_key_may_do_is_shown(ready: Shell) -> None:
    scopes = [f"workouts.number{number:02}" for number in range(40)]
    note = "n" * 300 + "\x1b"
    options = " ".join(f"--scope {scope}" for scope in scopes)
    key = ready.json(f"keys create {options} --note {note}")
    assert ready.json(f"keys show {key['id']}")["scopes"] == scopes
    code, out, _ = ready(f"keys show {key['id']}")
    assert code == 0 and " ".join(scopes) in out and "n" * 300 + "\\u{1b}" in out and "…" not in out


def test_what_is_missing_is_said(shell: Shell) -> None:
    for line, reason in (
        ("keys list", "DOORWARD_STORE"),
        ("keys create --store sqlite:k.db", "doorward keys pepper FILE"),
        ("keys create --store sqlite:k.db --peppers none", "doorward keys pepper FILE"),
    ):
        code, out, err = shell(line)
        assert (code, out) == (2, "") and reason in err
    assert shell("--help")[0] == 0 and shell("--version")[0] == 0


def test_no_secret_stands_on_a_command_line(ready: Shell) -> None:
    key = ready.json("keys create")
    for line in ("show", "revoke", "rotate", "check"):
        code, out, err = ready(f"keys {line} {key['key']}")
        assert (code, out) == (2, "") and "other users" in err and key["key"] not in err
    code, _, err = ready("keys list --store postgresql://me:secret@127.0.0.1:9/x")
    assert code == 2 and "DOORWARD_STORE" in err and "secret" not in err
    ready.monkeypatch.setenv("DOORWARD_STORE", "postgresql://me:secret@127.0.0.1:9/x")
    code, _, err = ready("keys list")
    assert code == 5 and "secret" not in err
    for scheme in ("redis", "rediss", "valkey", "postgresql"):
        for rest in (":secret/x@127.0.0.1:6379/0", ":secret#x@127.0.0.1/0", "me:secret[x@127.0.0.1/0", ":x@h:secret"):
            ready.monkeypatch.setenv("DOORWARD_STORE", f"{scheme}://{rest}")
            code, out, err = ready("keys list")
            assert (code, out) == (5, "") and scheme[:5].replace("valke", "redis") in err, (scheme, rest)
            assert "secret" not in err and "Traceback" not in err
    for line in ("--help", "create --help", "check --help"):
        assert not re.search(r"--(key|pepper|secret|password)\b", ready(f"keys {line}")[1])


def test_a_key_for_one_server_is_checked_for_it(ready: Shell) -> None:
    key = ready.json("keys create --resource https://a.example/mcp")["key"]
    assert ready("keys check", key)[0] == ready("keys check --resource https://a.example/mcp", key)[0] == 0
    assert ready("keys check --resource https://b.example/mcp", key)[0] == 4
    unasked = "it is for https://a.example/mcp; whether that is the server was not checked"
    assert unasked in ready("keys check", key)[2] and unasked in ready("keys check --json", key)[2]
    for line in ("keys check --resource https://a.example/mcp", "keys show " + ApiKey.parse(key).id):
        assert "checked" not in ready(line, key)[2]
    assert "checked" not in ready("keys check", ready.json("keys create")["key"])[2], "it is for all"
    for wrong in ("notaurl", "'https://a.example/mcp '", "http://a.example/mcp", "https://a.example/mcp#x", "''"):
        for command in ("create", "check"):
            code, out, err = ready(f"keys {command} --resource {wrong}", key)
            assert (code, out) == (2, "") and "resource: uri_invalid" in err and "Traceback" not in err
    Path("key").write_text(key + "\n")
    assert ready("keys check --file key")[0] == 0
    late = ready.json("keys create --starts 1d")
    assert late["status"] == "not_yet_valid" and ready("keys check", late["key"])[0] == 4


def test_times_and_limits_are_read() -> None:
    assert [seconds(text) for text in ("45s", "30m", "12h", "90d", "2w")] == [45, 1800, 43_200, 7_776_000, 1_209_600]
    assert moment("never", 5) is None and moment("1d", 5) == 86_405
    assert moment("2030-12-31", 5) == 1_924_905_600 and moment("2030-12-31T01:00:00+01:00", 5) == 1_924_905_600
    assert moment("2030-12-31T00:00:00Z", 5) == 1_924_905_600 and moment("1900-01-01", 5) == 0
    assert limit("100/1m") == (100, 60_000, 100) and limit("5/2h:1") == (5, 7_200_000, 1)
    for read, text in (
        (seconds, "1"),
        (seconds, "-1d"),
        (seconds, "1y"),
        (limit, "1"),
        (limit, "1/1"),
        (limit, "1/1m:"),
    ):
        with pytest.raises(Problem):
            read(text)
    with pytest.raises(Problem):
        moment("tomorrow", 5)


def test_the_lines_of_the_readme_run(tmp_path: Path) -> None:
    """By a real shell."""
    begin = "export DOORWARD_STORE"
    lines = begin + (ROOT / "README.md").read_text().split(begin, 1)[1].split("```", 1)[0]
    script = f'set -e\ndoorward() {{ "{sys.executable}" -m doorward "$@"; }}\n{lines}'
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, env=os.environ)  # noqa: S603, S607
    assert done.returncode == 0, done.stderr
    key, _, listed = done.stdout.partition("\n")
    assert ApiKey.parse(key).prefix == "weather" and ApiKey.parse(key).id in listed and "read" in listed


async def _kinds(url: str) -> tuple[str, ...]:
    store = open_store(url)
    try:
        return await store.kinds()
    finally:
        await store.close()


async def _with_a_plain_entry(url: str) -> tuple[str, ...]:
    store = open_store(url)
    await store.put_if_absent("plain", "a", b"1")
    await store.close()
    return await _kinds(url)


def test_only_a_command_that_makes_something_makes_a_file(ready: Shell, tmp_path: Path) -> None:
    for command in ("list", "show aaaaaaaaaaaaaaaa", "revoke aaaaaaaaaaaaaaaa", "expire aaaaaaaaaaaaaaaa 1d"):
        code, out, err = ready(f"keys {command}")
        assert code == 5 and not out and "no such file" in err
    assert not (tmp_path / "keys.db").exists()
    assert ready("keys create")[0] == 0 and (tmp_path / "keys.db").exists()


def test_a_store_is_checked_cleaned_and_given_another_key(shell: Shell, tmp_path: Path) -> None:
    """`doorward store`, on what a proxy has sealed."""
    file = tmp_path / "proxy.keys"
    assert shell("store check")[0] == 2, "no store is named"
    shell.monkeypatch.setenv("DOORWARD_STORE", "sqlite:proxy.db")
    assert shell("store migrate")[0] == 0 and shell.json("store check") == {}
    assert shell("store key proxy.keys")[0] == 0 and stat.S_IMODE(file.stat().st_mode) == 0o600

    async def fill() -> None:
        # That store's clock stands, so that what has long expired is there still.
        sealed = SealedStore(SqliteStore("proxy.db", clock=lambda: 1_000), read_sealing_keys(file))
        await sealed.put_if_absent("grant", "a", b"secret")
        await sealed.put_if_absent("grant", "b", b"secret", 1_001)
        await sealed.close()

    asyncio.run(fill())
    assert shell.json("store purge") == {"removed": 1}
    assert shell.json("store check") == {"sealed_grant": 1, "sealing": 1}
    assert shell("store rekey")[0] == 2, "no keys are named"
    shell.monkeypatch.setenv("DOORWARD_STORE_KEYS", "proxy.keys")
    assert shell.json("store check") == {"grant": 1}
    old = file.read_text()
    assert shell("store key proxy.keys")[0] == 0
    assert shell("store rekey")[1] == "sealed anew: 1\n"
    file.write_text(file.read_text().removesuffix(old))
    assert shell("store key --second proxy.keys")[0] == 0
    current, second = file.read_text().splitlines()
    assert current.startswith("2:") and second.startswith("3:"), "known, and not yet used"
    file.write_text(f"{current}\n")
    assert shell("store check")[1] == "grant: 1\n"
    file.write_text(old)
    for command in ("check", "rekey", "renew"):
        code, out, err = shell(f"store {command}")
        assert code == 5 and "sealed with another key" in err and old[2:66] not in out + err
    # A path that is mistyped, and a store in which nothing is sealed.
    unsealed = asyncio.run(_with_a_plain_entry("sqlite:plain.db"))
    for command in ("check", "rekey", "renew", "purge"):
        code, out, err = shell(f"store {command} --store sqlite:typo.db")
        assert code == 5 and not out and "typo.db" in err and "no such file" in err
        if command != "purge":
            code, _, err = shell(f"store {command} --store sqlite:plain.db")
            assert code == 5 and "nothing is sealed here" in err
    assert not (tmp_path / "typo.db").exists() and asyncio.run(_kinds("sqlite:plain.db")) == unsealed == ("plain",)
    assert shell("store check --keys none")[0] == 2
    assert shell("store purge --store redis://:pass@127.0.0.1:9/0")[0] == 2
    assert shell("store purge --store redis://127.0.0.1:9/0")[0] == 5
