"""Checks of arguments. Errors name the argument and the type of the value, never the value, which may be a secret."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from typing import Any, TypeVar

from doorward._core import MAX_TIME, DoorwardError, Provider, RateLimit, is_credential_header, join_scopes

__all__ = [
    "ESCAPES",
    "FORWARDED",
    "Kind",
    "all_of",
    "any_of",
    "check",
    "filled",
    "flag",
    "function",
    "header",
    "hierarchy",
    "instance",
    "limit",
    "maybe",
    "more_than_none",
    "named",
    "number",
    "one_of",
    "provider_of",
    "row",
    "scopes",
    "sequence",
    "table",
    "text",
    "texts",
    "time",
    "verbs",
    "whole",
    "wrong",
]

_T = TypeVar("_T")

Kind = Callable[[str, Any], None]
"""Raises `TypeError` or `ValueError`, with the name of the argument, for a value that is not allowed."""

MOST = 2**32 - 1

ESCAPES = "/ ? # @ : [ ] % of a password are %2F %3F %23 %40 %3A %5B %5D %25"
"""What is said of a URL that cannot be read: mostly its password has one of these."""


def check(values: Mapping[str, Any], kinds: Mapping[str, Kind]) -> None:
    """Raise for the first argument whose value is not of its kind."""
    for name, kind in kinds.items():
        if name in values:
            kind(name, values[name])


def named(name: str, function: Callable[..., _T], *arguments: Any, **options: Any) -> _T:
    """Call a function, and put the name of the argument into its error."""
    try:
        return function(*arguments, **options)
    except (DoorwardError, TypeError, ValueError) as error:
        error.args = (f"{name}: {error}",)
        raise


def maybe(kind: Kind) -> Kind:
    """Return the kind that may also be `None`."""

    def fits(name: str, value: Any) -> None:
        if value is not None:
            kind(name, value)

    return fits


def all_of(*kinds: Kind) -> Kind:
    """Return the kind of values that are of each of these kinds."""

    def fits(name: str, value: Any) -> None:
        for kind in kinds:
            kind(name, value)

    return fits


def wrong(name: str, wanted: str, value: Any, where: str = "") -> TypeError:
    """Return the error that says which type is expected, and which was given."""
    return TypeError(f"{name}: expected {wanted}, got {type(value).__name__}{where}")


def instance(wanted: str, *classes: type) -> Kind:
    """Return the kind of instances of these classes."""

    def fits(name: str, value: Any) -> None:
        if not isinstance(value, classes):
            raise wrong(name, wanted, value)

    return fits


def verbs(wanted: str, *names: str) -> Kind:
    """Return the kind of objects with these methods."""

    def fits(name: str, value: Any) -> None:
        if isinstance(value, type):
            # Its methods would have nobody to be of, whenever one is called.
            raise TypeError(f"{name}: expected {wanted}, got the class {value.__name__} itself")
        if not all(callable(getattr(value, each, None)) for each in names):
            raise wrong(name, wanted, value)

    return fits


text = instance("a str", str)


def filled(name: str, value: Any) -> None:
    """Refuse what is no text, and an empty one, such as a variable of the environment that is set to nothing."""
    text(name, value)
    if not value:
        raise ValueError(f"{name}: is empty")


def flag(name: str, value: Any) -> None:
    """Raise `TypeError` unless the value is a bool: any other one, `"no"` as well, would be taken as true."""
    if not isinstance(value, bool):
        raise wrong(name, "a bool", value)


def function(name: str, value: Any) -> None:
    """Raise `TypeError` unless the value is callable."""
    if not callable(value):
        raise wrong(name, "a callable", value)


def one_of(*known: str) -> Kind:
    """Return the kind of arguments that are one of these strings."""

    def fits(name: str, value: Any) -> None:
        if not isinstance(value, str):
            raise wrong(name, f"one of {', '.join(known)}", value)
        if value not in known:
            raise ValueError(f"{name}: must be one of {', '.join(known)}")

    return fits


def texts(name: str, value: Any, *, one: bool = False) -> None:
    """Raise `TypeError` unless the value is a list of str, or with `one` a str."""
    if isinstance(value, str) and one:
        return
    sequence("a str or a list of str" if one else "a list of str", text)(name, value)


def sequence(wanted: str, kind: Kind) -> Kind:
    """Return the kind of lists whose items are of another kind."""

    def fits(name: str, value: Any) -> None:
        if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
            raise wrong(name, wanted, value)
        # What can be read but once is left to who reads it.
        for each in value if isinstance(value, (list, tuple, set, frozenset)) else ():
            try:
                kind(name, each)
            except TypeError:
                raise wrong(name, wanted, each, " in it") from None

    return fits


def any_of(name: str, value: Any) -> None:
    """Raise `TypeError` unless the value is a str or a list of str."""
    texts(name, value, one=True)


def scopes(name: str, value: Any) -> None:
    """Raise unless the value is scopes: a str with spaces between, or a list of str, without commas."""
    any_of(name, value)
    if not isinstance(value, (str, Sequence, Set)):
        raise wrong(name, "a str or a list of str", value)
    for scope in [value] if isinstance(value, str) else value:
        if isinstance(scope, str) and "," in scope:
            raise ValueError(f"{name}: {scope!r} has a comma; put spaces between them, or give a list")
        if isinstance(scope, str) and scope is not value:
            try:
                join_scopes([scope])
            except DoorwardError as error:
                why = f"; {scope!r} has a space, and each of a list is one scope" if " " in scope else ""
                error.args = (f"{name}: {error}{why}",)
                raise


def hierarchy(name: str, value: Any) -> None:
    """Raise unless the value is a scope hierarchy: a dict of each scope to those that it includes."""
    table("a dict of str to scopes", scopes)(name, value)
    scopes(name, list(value))


def table(wanted: str, kind: Kind) -> Kind:
    """Return the kind of mappings of str to values of another kind."""

    def fits(name: str, value: Any) -> None:
        if not isinstance(value, Mapping):
            raise wrong(name, wanted, value)
        for key, each in value.items():
            if not isinstance(key, str):
                raise wrong(name, wanted, key, " in it")
            try:
                kind(name, each)
            except TypeError:
                raise TypeError(f"{name}: expected {wanted}, but the value of {key!r} has another type") from None

    return fits


def row(wanted: str, *kinds: Kind) -> Kind:
    """Return the kind of tuples of this length, each item of its own kind."""

    def fits(name: str, value: Any) -> None:
        if not isinstance(value, (tuple, list)):
            raise wrong(name, wanted, value)
        if len(value) != len(kinds):
            raise TypeError(f"{name}: expected {wanted}, got {len(value)} items")
        for kind, each in zip(kinds, value, strict=True):
            try:
                kind(name, each)
            except TypeError:
                raise wrong(name, wanted, each, " in it") from None

    return fits


def number(name: str, value: Any, most: int = MOST) -> None:
    """Raise unless the value is a number from 0 to the largest that core counts to."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise wrong(name, "a number", value)
    if not value >= 0:
        raise ValueError(f"{name}: {value} is less than 0")
    if value > most:
        raise ValueError(f"{name}: {value} is more than {most}")


def whole(name: str, value: Any, most: int = MOST) -> None:
    """Raise unless the value is an int from 0 to the largest that core counts to."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong(name, "an int", value)
    number(name, value, most)


def time(name: str, value: Any) -> None:
    """Raise unless the value is a time in seconds since 1970 that every store keeps exactly."""
    whole(name, value, MAX_TIME)


def more_than_none(name: str, value: Any) -> None:
    """Raise unless the value is an int of at least 1."""
    whole(name, value)
    if not value:
        raise ValueError(f"{name}: must be at least 1")


def limit(name: str, value: Any) -> None:
    """Raise unless the value is a limit that core accepts."""
    NUMBERS(name, value)
    named(name, RateLimit, *value)


def header(name: str, value: Any) -> None:
    """Raise unless the value is the name of a header that may be used beside `Authorization`."""
    text(name, value)
    if not is_credential_header(value):
        raise ValueError(f"{name}: must be the name of a header of its own, not {value!r}")


def provider_of(name: str, parameters: Mapping[str, str] | None) -> Provider:
    """Return the profile of an identity provider with these parameters."""
    text("provider", name)
    try:
        provider = Provider(name)
    except DoorwardError:
        raise ValueError(f"provider: must be one of {', '.join(Provider.names())}") from None
    maybe(TABLE)("parameters", parameters)
    if set(parameters or {}) != set(provider.parameters):
        raise ValueError(f"parameters: {name} needs {', '.join(provider.parameters) or 'none'}")
    named("parameters", provider.issuer, parameters)
    return provider


TABLE = table("a dict of str to str", text)
NUMBERS = row("(quota, milliseconds, burst)", whole, lambda name, value: whole(name, value, 2**64 - 1), whole)
FORWARDED = {"trusted_hops": whole, "forwarded_by": one_of("x-forwarded-for", "forwarded")}
