"""What arguments must be. Mistakes are told at once, by the name of the argument and the type of what was given: a
value may be a secret."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from typing import Any, TypeVar

from doorward._core import MAX_TIME, DoorwardError, Provider, RateLimit, is_own_header
from doorward.errors import error_of

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
]

_T = TypeVar("_T")

Kind = Callable[[str, Any], None]
"""Raises `TypeError` or `ValueError`, by the name of the argument, for what it may not be."""

MOST = 2**32 - 1

ESCAPES = "/ ? # @ : [ ] % of a password are %2F %3F %23 %40 %3A %5B %5D %25"
"""What is said of a URL that cannot be read: mostly its password has one of these."""


def check(given: Mapping[str, Any], kinds: Mapping[str, Kind]) -> None:
    """Refuse what is not of its kind, of arguments that are given."""
    for name, kind in kinds.items():
        if name in given:
            kind(name, given[name])


def named(name: str, function: Callable[..., _T], *arguments: Any, **options: Any) -> _T:
    """Call a function, whose error then says which argument it is about."""
    try:
        return function(*arguments, **options)
    except (DoorwardError, TypeError, ValueError) as error:
        error.args = (f"{name}: {error}",)
        raise


def maybe(kind: Kind) -> Kind:
    """Return the kind that may be left out, as `None`."""

    def fits(name: str, value: Any) -> None:
        if value is not None:
            kind(name, value)

    return fits


def all_of(*kinds: Kind) -> Kind:
    """Return what is each of these kinds."""

    def fits(name: str, value: Any) -> None:
        for kind in kinds:
            kind(name, value)

    return fits


def _wrong(name: str, wanted: str, value: Any, of: str = "") -> TypeError:
    return TypeError(f"{name}: {wanted} is asked for, not {of}{type(value).__name__}")


def instance(wanted: str, *classes: type) -> Kind:
    """Return the kind of what is of one of these classes."""

    def fits(name: str, value: Any) -> None:
        if not isinstance(value, classes):
            raise _wrong(name, wanted, value)

    return fits


def verbs(wanted: str, *names: str) -> Kind:
    """Return the kind of what has these methods."""

    def fits(name: str, value: Any) -> None:
        if isinstance(value, type):
            # Its methods would have nobody to be of, whenever one is called.
            raise TypeError(f"{name}: {wanted} is asked for, not the class {value.__name__} itself")
        if not all(callable(getattr(value, each, None)) for each in names):
            raise _wrong(name, wanted, value)

    return fits


text = instance("a str", str)


def filled(name: str, value: Any) -> None:
    """Refuse what is no text, and an empty one, such as a variable of the environment that is set to nothing."""
    text(name, value)
    if not value:
        raise ValueError(f"{name}: is empty")


def flag(name: str, value: Any) -> None:
    """Refuse what is no switch: whatever else it may be is on, `"no"` as well."""
    if not isinstance(value, bool):
        raise _wrong(name, "True or False", value)


def function(name: str, value: Any) -> None:
    """Refuse what cannot be called."""
    if not callable(value):
        raise _wrong(name, "a function", value)


def one_of(*known: str) -> Kind:
    """Return the kind of these words."""

    def fits(name: str, value: Any) -> None:
        if not isinstance(value, str):
            raise _wrong(name, f"one of {', '.join(known)}", value)
        if value not in known:
            raise ValueError(f"{name}: one of {', '.join(known)} is asked for")

    return fits


def texts(name: str, value: Any, *, one: bool = False) -> None:
    """Refuse what is no list of texts; `one` may stand for it by itself, if so said."""
    if isinstance(value, str) and one:
        return
    sequence("a str, or a list of them," if one else "a list of str", text)(name, value)


def sequence(wanted: str, kind: Kind) -> Kind:
    """Return the kind of a list of what is of another kind."""

    def fits(name: str, value: Any) -> None:
        if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
            raise _wrong(name, wanted, value)
        # What can be read but once is left to who reads it.
        for each in value if isinstance(value, (list, tuple, set, frozenset)) else ():
            try:
                kind(name, each)
            except TypeError:
                raise _wrong(name, wanted, each, "one of ") from None

    return fits


def any_of(name: str, value: Any) -> None:
    """Refuse what is neither a text nor a list of them."""
    texts(name, value, one=True)


def scopes(name: str, value: Any) -> None:
    """Refuse what are no scopes, and a comma between them."""
    any_of(name, value)
    if not isinstance(value, (str, Sequence, Set)):
        raise _wrong(name, "a str, or a list of them,", value)
    for scope in [value] if isinstance(value, str) else value:
        if isinstance(scope, str) and "," in scope:
            raise ValueError(f"{name}: {scope!r} has a comma; put spaces between them, or give a list")
        if isinstance(scope, str) and scope is not value and len(scope.split(" ")) > 1:
            error = error_of("scope_invalid")
            error.args = (f"{name}: {error}; {scope!r} has a space, and each of a list is one scope",)
            raise error


def hierarchy(name: str, value: Any) -> None:
    """Refuse what does not say of scopes which others each includes."""
    table("a dict of str to scopes", scopes)(name, value)
    scopes(name, list(value))


def table(wanted: str, kind: Kind) -> Kind:
    """Return the kind of a mapping of names to what is of another kind."""

    def fits(name: str, value: Any) -> None:
        if not isinstance(value, Mapping):
            raise _wrong(name, wanted, value)
        for key, each in value.items():
            if not isinstance(key, str):
                raise _wrong(name, wanted, key, "one of ")
            try:
                kind(name, each)
            except TypeError:
                raise TypeError(f"{name}: {wanted} is asked for, and that of {key!r} is of another type") from None

    return fits


def row(wanted: str, *kinds: Kind) -> Kind:
    """Return the kind of a tuple of so many, each of its own kind."""

    def fits(name: str, value: Any) -> None:
        if not isinstance(value, (tuple, list)):
            raise _wrong(name, wanted, value)
        if len(value) != len(kinds):
            raise TypeError(f"{name}: {wanted} is asked for, not {len(value)} of them")
        for kind, each in zip(kinds, value, strict=True):
            try:
                kind(name, each)
            except TypeError:
                raise _wrong(name, wanted, each, "one with ") from None

    return fits


def number(name: str, value: Any, most: int = MOST) -> None:
    """Refuse what is no number, less than 0, or more than core counts to."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _wrong(name, "a number", value)
    if not value >= 0:
        raise ValueError(f"{name}: {value} is less than 0")
    if value > most:
        raise ValueError(f"{name}: {value} is more than {most}")


def whole(name: str, value: Any, most: int = MOST) -> None:
    """Refuse what is no whole number, less than 0, or more than core counts to."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong(name, "a whole number", value)
    number(name, value, most)


def time(name: str, value: Any) -> None:
    """Refuse what is no second since 1970 that every store keeps exactly."""
    whole(name, value, MAX_TIME)


def more_than_none(name: str, value: Any) -> None:
    """Refuse what is no whole number, or less than 1."""
    whole(name, value)
    if not value:
        raise ValueError(f"{name}: 1 at least is asked for")


def limit(name: str, value: Any) -> None:
    """Refuse what is no limit, and one that core refuses."""
    NUMBERS(name, value)
    named(name, RateLimit, *value)


def header(name: str, value: Any) -> None:
    """Refuse what is no name of a header that may stand beside `Authorization`."""
    text(name, value)
    if not is_own_header(value):
        raise ValueError(f"{name}: the name of a header of its own is asked for, not {value!r}")


def provider_of(name: str, parameters: Mapping[str, str] | None) -> Provider:
    """Return the profile of an identity provider, whose parameters are these."""
    text("provider", name)
    try:
        provider = Provider(name)
    except DoorwardError:
        raise ValueError(f"provider: one of {', '.join(Provider.names())} is asked for") from None
    maybe(TABLE)("parameters", parameters)
    if set(parameters or {}) != set(provider.parameters):
        raise ValueError(f"parameters: {name} needs {', '.join(provider.parameters) or 'none'}")
    named("parameters", provider.issuer, parameters)
    return provider


TABLE = table("a dict of str to str", text)
NUMBERS = row("(quota, milliseconds, burst)", whole, lambda name, value: whole(name, value, 2**64 - 1), whole)
FORWARDED = {"trusted_hops": whole, "forwarded_by": one_of("x-forwarded-for", "forwarded")}
