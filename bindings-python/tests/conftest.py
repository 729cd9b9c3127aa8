"""What several tests use: the demo's issuer and servers, keys, tokens."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bindings-python" / "demo"))
sys.path.insert(0, str(ROOT / "bindings-python" / "tests"))
