"""The paths of a proxy's endpoints."""

__all__ = ["FORMS", "PATHS"]

PATHS = {name: f"/{name}" for name in ("authorize", "consent", "token", "register", "revoke")}
FORMS = tuple(path for name, path in PATHS.items() if name != "register")
"""Those that take forms: what registers is JSON (RFC 7591 section 3.1)."""
