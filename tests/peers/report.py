"""Tables and bars out of raw results, as Markdown: `report.py [--readme] RAW`. Only the standard library."""

import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

# Rows of ours, in Rust and in Python.
PORTABLE, HOST, REPEATED = "doorward", "doorward aws-lc", "doorward, repeated"
AUTHENTICATOR = "doorward Authenticator"
OUR_PROXY, THEIR_PROXY = "doorward OAuthProxy", "FastMCP OAuthProxy"
PROVIDER, JWT_VERIFIER, NO_AUTH = "doorward RemoteOAuth", "FastMCP JWTVerifier", "no auth"

ALGORITHMS = {
    "rs256": "RS256",
    "rs256_4096": "RS256, 4096 bits",
    "es256": "ES256",
    "es384": "ES384",
    "eddsa": "EdDSA",
    "hs256": "HS256",
}
LENGTHS = {f"length_{length}": f"{length / 1024:g} KiB" for length in (512, 1024, 2048, 4096, 8192, 16384)}
KEYS = {"keys_1": "1 key"} | {f"keys_{count}": f"{count} keys" for count in (10, 100, 1000)}
THREADS = {"threads_1": "1 thread", "threads_2": "2 threads", "threads_4": "4 threads"}
DECISIONS = {"decisions": "each"}
PROXY = {"proxy": "in memory"}
SIGNATURES = {f"signature_{case}": title for case, title in ALGORITHMS.items()}
TABLES = [
    ("Rust: a whole token", "rust", ALGORITHMS),
    ("Rust: the signature alone", "rust", SIGNATURES),
    ("Rust: all but the signature (ES256)", "rust", {"noncrypto": "ES256"}),
    ("Rust: decisions without a token", "rust", DECISIONS),
    ("Python: a whole token", "python", ALGORITHMS),
    ("C: a whole token", "c", ALGORITHMS),
    ("Rust: longer tokens (HS256)", "rust", LENGTHS),
    ("Python: longer tokens (HS256)", "python", LENGTHS),
    ("Rust: larger key sets (EdDSA)", "rust", KEYS),
    ("Python: larger key sets (EdDSA)", "python", KEYS),
    ("Python: wall time a token with several threads (ES256)", "python", THREADS),
    ("CPU that a request adds in a live FastMCP server, in memory", "live", ALGORITHMS),
    ("CPU that a request adds in a live FastMCP server, over loopback HTTP", "http", ALGORITHMS),
    ("CPU that a request through an OAuth proxy adds in a live FastMCP server, in memory", "live", PROXY),
]
README = ("Rust: a whole token", "Python: a whole token", "CPU that a request adds in a live FastMCP server, in memory")

Medians = dict[str, dict[str, float]]  # group -> who -> microseconds


def read(path: Path) -> tuple[list[str], Medians]:
    """The lines about the run, and the median over all passes of each row."""
    samples: dict[str, dict[str, list[float]]] = {}
    about = []
    for line in path.read_text().splitlines():
        if line.startswith("# "):
            about.append(line[2:])
            continue
        group, who, values = line.split("\t")
        samples.setdefault(group, {}).setdefault(who, []).extend(map(float, values.split()))
    medians = {
        group: {who: statistics.median(taken) / 1000 for who, taken in rows.items()} for group, rows in samples.items()
    }
    return about, medians


def is_peer(who: str) -> bool:
    return not who.startswith("doorward") and who != NO_AUTH


def fastest_peer(medians: Medians, group: str) -> float | None:
    return min((value for who, value in medians.get(group, {}).items() if is_peer(who)), default=None)


def markdown(header: list[str], rows: list[list[str]]) -> str:
    """A table that reads well as text, too."""
    widths = [max(len(row[place]) for row in [header, *rows]) for place in range(len(header))]

    def line(cells: list[str]) -> str:
        return "| " + " | ".join([cells[0].ljust(widths[0]), *map(str.rjust, cells[1:], widths[1:])]) + " |"

    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join(map(line, [header, rule, *rows]))


def table(medians: Medians, title: str, language: str, columns: dict[str, str]) -> str:
    """Microseconds; in brackets, of the fastest peer of the column."""
    groups = {f"{language}/{case}": name for case, name in columns.items() if f"{language}/{case}" in medians}
    names = list(dict.fromkeys(who for group in groups for who in medians[group]))
    names.sort(key=lambda who: (is_peer(who), who.lower()))

    def cell(group: str, who: str) -> str:
        value, best = medians[group].get(who), fastest_peer(medians, group)
        if value is None:
            return ""
        return f"{value:.2f}" if best is None or who == NO_AUTH else f"{value:.2f} ({value / best:.2f})"

    rows = [[who, *(cell(group, who) for group in groups)] for who in names]
    return f"### {title}\n\n{markdown(['us', *groups.values()], rows)}\n" if rows else ""


def bars(medians: Medians) -> Iterator[tuple[str, float | None, float, str]]:
    """What was promised: text, value, the most that it may be, unit."""

    def value(group: str, who: str) -> float | None:
        return medians.get(group, {}).get(who)

    def of(above: float | None, below: float | None) -> float | None:
        return above / below if above is not None and below else None

    def host(case: str) -> float | None:
        return value(f"rust/{case}", PORTABLE if case == "hs256" else HOST)  # HMAC has one implementation

    for case, most in {"rs256": 0.82, "es256": 0.95, "eddsa": 0.85, "hs256": 0.40}.items():
        peer = fastest_peer(medians, f"rust/{case}")
        yield f"Rust, host set, {ALGORITHMS[case]}: of the fastest peer", of(host(case), peer), most, ""
    for case in ("rs256", "es256", "eddsa"):
        bare = fastest_peer(medians, f"rust/signature_{case}")
        yield f"Rust, host set, {ALGORITHMS[case]}: of the fastest bare signature", of(host(case), bare), 1.06, ""
    for case, most in {"rs256": 0.5, "rs256_4096": 0.5, "es256": 1.05, "es384": 1.05, "eddsa": 1.05}.items():
        group = f"rust/signature_{case}"
        text = f"Rust, portable set, {ALGORITHMS[case]}, signature alone: of RustCrypto"
        yield text, of(value(group, PORTABLE), value(group, "RustCrypto")), most, ""
    yield "Rust: all but the signature", value("rust/noncrypto", PORTABLE), 0.40, " us"
    for what, most in {"an API key": 1.0, "a limit": 0.1}.items():
        yield f"Rust: a decision about {what}", value("rust/decisions", what), most, " us"
    for case in ("rs256", "es256", "eddsa"):
        yield f"Rust: a repeated token, {ALGORITHMS[case]}", value(f"rust/{case}", REPEATED), 1.0, " us"
    for case in ("rs256", "es256", "eddsa"):
        yield f"Python: a repeated token, {ALGORITHMS[case]}", value(f"python/{case}", REPEATED), 1.5, " us"
    for case, most in {"rs256": 0.40, "es256": 0.55, "eddsa": 0.35, "hs256": 0.08}.items():
        group = f"python/{case}"
        yield f"Python, {ALGORITHMS[case]}: of joserfc", of(value(group, PORTABLE), value(group, "joserfc")), most, ""
    for language, who in (
        ("rust", PORTABLE),
        ("rust", HOST),
        ("rust", AUTHENTICATOR),
        ("python", PORTABLE),
    ):
        keys = [value(f"{language}/keys_{count}", who) for count in (1000, 1)]
        yield f"{language.title()}, {who}: 1000 keys, of 1 key", of(*keys), 1.10, ""
    for language in ("rust", "python"):
        yield f"{language.title()}: a further byte past 8 KiB, of one before", growth(medians, language), 1.10, ""
    for group, most in {"live/rs256": 0.15, "live/es256": 0.10, "http/rs256": 0.25, "http/es256": 0.25}.items():
        text = f"FastMCP server, {group}, repeated token: CPU added, of JWTVerifier's"
        yield text, of(value(group, PROVIDER), value(group, JWT_VERIFIER)), most, ""
    proxies = of(value("live/proxy", OUR_PROXY), value("live/proxy", THEIR_PROXY))
    yield "FastMCP server, through an OAuth proxy: CPU added, of FastMCP's own", proxies, 0.33, ""


def growth(medians: Medians, language: str) -> float | None:
    """Cost of a byte from 8 to 16 KiB over its cost from 1 to 8 KiB: 1 where time is linear in length."""
    times = [medians.get(f"{language}/length_{length}", {}).get(PORTABLE) for length in (1024, 8192, 16384)]
    if None in times:
        return None
    short, middle, long = (time or 0.0 for time in times)
    return ((long - middle) / 8192) / ((middle - short) / 7168)


def verdict(medians: Medians) -> str:
    rows = []
    for text, value, most, unit in bars(medians):
        verdict = "not measured" if value is None else "PASS" if value <= most else "**MISS**"
        rows.append([text, "" if value is None else f"{value:.2f}{unit}", f"{most:.2f}{unit}", verdict])
    return f"### Bars\n\n{markdown(['', 'measured', 'at most', 'verdict'], rows)}\n"


def main(arguments: list[str]) -> None:
    readme = "--readme" in arguments
    about, medians = read(Path(arguments[-1]))
    if readme:
        about = [line for line in about if line.startswith(("date", "machine"))]
    print("\n".join(f"- {line}" for line in about), end="\n\n")
    print("Microseconds, medians; in brackets the ratio to the fastest peer.\n")
    for title, language, columns in TABLES:
        text = table(medians, title, language, columns) if not readme or title in README else ""
        print(text, end="\n" if text else "")
    if not readme:
        print(verdict(medians))


if __name__ == "__main__":
    main(sys.argv[1:])
