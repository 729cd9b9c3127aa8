"""maturin as the build backend, with settings for cargo that depend on where it builds."""

import json
import os
from pathlib import Path
from typing import Any

import maturin
from maturin import *  # noqa: F403

_Settings = dict[str, Any] | None


def _with_cargo(settings: _Settings) -> _Settings:
    home, root = os.environ.get("CARGO_HOME") or Path.home() / ".cargo", Path(__file__).resolve().parents[1]
    # As scripts/cargo-paths: what is shipped does not tell the paths of the machine that built it.
    flags = {"cfg(all())": [f"--remap-path-prefix={path}{os.sep}=" for path in (Path(home, "registry", "src"), root)]}
    if not (root / ".cargo/config.toml").exists():  # In a source distribution it is not.
        flags['cfg(target_arch = "x86_64")'] = ["--cfg", 'curve25519_dalek_backend="avx512"']
    arguments = list(maturin.get_maturin_pep517_args(settings))
    for target, each in flags.items():
        arguments += ["--config", f"target.'{target}'.rustflags={json.dumps(each)}"]
    return {**(settings or {}), "maturin.build-args": arguments}


def build_wheel(wheel_directory: str, config_settings: _Settings = None, metadata_directory: str | None = None) -> str:
    """PEP 517."""
    return maturin.build_wheel(wheel_directory, _with_cargo(config_settings), metadata_directory)


def build_editable(
    wheel_directory: str, config_settings: _Settings = None, metadata_directory: str | None = None
) -> str:
    """PEP 660."""
    return maturin.build_editable(wheel_directory, _with_cargo(config_settings), metadata_directory)
