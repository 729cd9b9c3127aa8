"""The pages that a person sees: consent for an application, the way onward, and what went wrong.

They are plain HTML without scripts, and nobody may frame them. A form of theirs may be sent to this server alone, and
browsers hold each redirect that comes of it to that, through the upstream's login and back: so the response to the form
is `onward`, never a redirect. Its `Origin` is `null`, since no page says where it is.
"""

import base64
import hashlib
import unicodedata
from collections.abc import Sequence
from html import escape

from starlette.responses import HTMLResponse, Response

from doorward._core import printable

__all__ = ["consent", "onward", "problem"]

LONGEST = 80
"""Characters of a name that are shown."""

LONGEST_TEXT = 300
"""Characters of anything else; of a host the last ones, since these say whose it is."""

_STYLE = """
:root { color-scheme: light dark; --back: #eef0f3; --card: #fff; --text: #1b1e22; --soft: #4b5159; --line: #c3c8cf;
  --go: #1a4fc4; --on-go: #fff; --warn: #fff3d1; --on-warn: #553200; --warn-line: #a85d00; }
@media (prefers-color-scheme: dark) { :root { --back: #131619; --card: #1d2125; --text: #e9ebee; --soft: #b3bac3;
  --line: #4a515a; --go: #93b8ff; --on-go: #0b1a38; --warn: #382a08; --on-warn: #ffe2a0; --warn-line: #d99a25; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 34rem; margin: 4rem auto; padding: 2rem; background: var(--card); border: 1px solid var(--line);
  border-radius: .75rem; overflow-wrap: anywhere; }
h1 { margin: 0 0 .5rem; font-size: 1.5rem; line-height: 1.3; overflow: hidden; }
h2 { margin: 1.5rem 0 .25rem; font-size: 1rem; }
p, ul { margin: .25rem 0; } ul { padding-left: 1.25rem; }
.soft { color: var(--soft); font-size: .9rem; }
code, .host { font-family: ui-monospace, monospace; }
.host { margin: .5rem 0; padding: .75rem 1rem; border: 2px solid var(--text); border-radius: .5rem; font-size: 1.25rem;
  font-weight: 700; }
.warning { margin: .75rem 0; padding: .75rem 1rem; border-left: .4rem solid var(--warn-line); border-radius: .25rem;
  background: var(--warn); color: var(--on-warn); }
label { display: flex; gap: .75rem; align-items: center; margin: 1.5rem 0 1rem; min-height: 2.75rem; }
input { flex: none; width: 1.25rem; height: 1.25rem; margin: 0; accent-color: var(--go); }
.choice { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; }
button { min-height: 2.75rem; padding: .5rem 1rem; border: 2px solid var(--go); border-radius: .5rem; font: inherit;
  font-weight: 600; background: none; color: var(--go); cursor: pointer; }
button.go { background: var(--go); color: var(--on-go); }
a { color: var(--go); }
:focus-visible { outline: 3px solid var(--go); outline-offset: 3px; }
form { margin-bottom: 1rem; }
.reference { display: block; margin-top: .25rem; font-size: 1rem; color: var(--text); user-select: all; }
@media (max-width: 38rem) { main { margin: 0; min-height: 100vh; padding: 1.25rem; border: 0; border-radius: 0; } }
"""

_POLICY = "; ".join(
    (
        "default-src 'none'",
        f"style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)

_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": _POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


def consent(
    *,
    client_name: str,
    client_host: str,
    loopback: bool,
    may_remember: bool,
    redirect_uri: str,
    scopes: Sequence[str],
    besides: Sequence[str],
    upstream: str,
    action: str,
    csrf: str,
) -> Response:
    """Return the page that asks a person to authorize a client. The form is posted to `action` with `csrf`, with
    `decision`, which is `approve` or `deny`, and, where it `may_remember`, with `remember` `yes` if that is ticked.
    `besides` is what this server asks for itself at the upstream, whose name is `upstream`."""
    name = f"<bdi>{_name(client_name)}</bdi>" if _name(client_name) else "an application without a name"
    if loopback:
        whom = """<p class="warning"><strong>That is a program on a computer,
and any program there can use this address.</strong>
Go on only if you have just started to sign in from a program that you trust, on this computer.</p>"""
    else:
        whom = "<p>Go on only if you know this address, and have just started to sign in from there.</p>"
    remember = ""
    if may_remember:
        remember = """<label><input type="checkbox" name="remember" value="yes">
Do not ask again in this browser, for this application at this address, unless another site sends me here</label>
"""
    allowed = "".join(f"<li><code>{_shown(scope)}</code></li>" for scope in scopes)
    allowed = f"<ul>{allowed}</ul>" if allowed else "<p>It names nothing in particular.</p>"
    more = ""
    if besides:
        listed = "".join(f"<li><code>{_shown(each)}</code></li>" for each in besides)
        more = f"""<h2>This server asks there for itself</h2>
<ul>{listed}</ul>
<p class="soft">Such as to go on while you are away. The application does not get this.</p>
"""
    return _page(
        "Allow access?",
        f"""<h1>Let {name} use your <bdi>{_name(upstream)}</bdi> account?</h1>
<p class="soft">The name is what the application calls itself. Nobody has checked it.</p>
<h2>You will be sent to</h2>
<p class="host">{_host(client_host)}</p>
<p class="soft">{_shown(redirect_uri)}</p>
{whom}
<h2>It will be allowed</h2>
{allowed}
{more}<form method="post" action="{escape(action)}">
<input type="hidden" name="csrf" value="{escape(csrf)}">
{remember}<div class="choice">
<button name="decision" value="deny">Deny</button>
<button class="go" name="decision" value="approve">Allow</button>
</div>
</form>
<p class="soft">If you allow it, you sign in at <bdi>{_name(upstream)}</bdi> next.
The application never gets your password.</p>""",
    )


def onward(url: str, to: str) -> Response:
    """Send the browser on to a URL, which has been checked, after a form was posted. `to` is what is there: the
    upstream's name, or the client's host."""
    there = escape(url)
    return _page(
        "One moment",
        f"""<h1>On to <bdi>{_host(to)}</bdi></h1>
<p>If nothing happens, <a href="{there}">go on yourself</a>.</p>""",
        f'<meta http-equiv="refresh" content="0;url={there}">',
    )


def problem(status: int, title: str, text: str, reference: str, back: tuple[str, str] | None = None) -> Response:
    """Say what went wrong, with the reference by which the log has more, and a link to a URL and its host if there is
    a way back."""
    link = ""
    if back is not None:
        url, host = back
        link = f"""<p><a href="{escape(url)}">Back to the application</a>, if you know this address:</p>
<p class="host">{_host(host)}</p>
"""
    return _page(
        title,
        f"""<h1>{_shown(title)}</h1>
<p>{_shown(text)}</p>
{link}<p class="soft">Whoever runs this server finds more by this reference:
<code class="reference">{_shown(reference)}</code></p>""",
        status=status,
    )


def _page(title: str, body: str, head: str = "", status: int = 200) -> Response:
    return HTMLResponse(
        f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{_shown(title)}</title>
{head}<style>{_STYLE}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
""",
        status,
        _HEADERS,
    )


_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\U0001d159")
"""What is shown as nothing, though it counts as a letter, a mark or a symbol."""


def _printable(text: str) -> str:
    """Drop what does not print: control characters, bidirectional marks, what has no width."""
    prints = (each in "\"'\\" or (each not in _BLANK and printable(f"a{each}") == f"a{each}") for each in text)
    return "".join(each for each, shown in zip(text, prints, strict=True) if shown)


def _shown(text: str) -> str:
    text = _printable(text)
    return escape(text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…")


def _host(text: str) -> str:
    text = _printable(text)
    return escape(text if len(text) <= LONGEST_TEXT else f"…{text[-LONGEST_TEXT:]}")


def _name(text: str) -> str:
    line = " ".join(_printable(" ".join(text.split())).split())
    # Marks and variation selectors alone are no name.
    if not any(unicodedata.category(each)[0] in "LNPS" for each in line):
        return ""
    return escape(line if len(line) <= LONGEST else f"{line[:LONGEST]}…")
