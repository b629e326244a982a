"""Headers: the header fields of a request or an answer, by name without regard to case.

A name or value may be given as text, too: a name is encoded as ISO 8859-1, a value as UTF-8.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import AnyStr, Self, TypeVar, overload

from core.mistakes.table import name_of

D = TypeVar("D")

TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
"""A header name or a method (RFC 9110, 5.6.2)."""

NO_VALUE = re.compile(rb"\r\n|[\r\n\0]")
"""The bytes that a value cannot contain. A recipient replaces them by a space (RFC 9110, 5.5)."""

SPECIAL = (b"Content-MD5", b"DNT", b"ETag", b"P3P", b"TE", b"WWW-Authenticate", b"X-XSS-Protection")
SPELLINGS = {name.lower(): name for name in SPECIAL}


@lru_cache(1024)
def canonical(name: str | bytes) -> bytes:
    """The usual spelling of a header name, such as b"Content-Type". ValueError if it is not a token."""
    raw = encoded(name, "iso-8859-1")
    if not TOKEN.fullmatch(raw):
        raise ValueError(
            f"{raw!r} is not a header name: a name consists of letters, digits and !#$%&'*+-.^_`|~"
        )
    return SPELLINGS.get(raw.lower()) or b"-".join(word.capitalize() for word in raw.split(b"-"))


def encoded(text: str | bytes, encoding: str) -> bytes:
    """`text` as bytes. TypeError for anything but text and bytes."""
    if isinstance(text, bytes):
        return text
    if isinstance(text, str):
        return text.encode(encoding)
    raise TypeError(f"header names and values are bytes or text, not {name_of(text)}")


def value_of(value: str | bytes) -> bytes:
    """`value` as bytes, with a space for each line break and NUL."""
    return NO_VALUE.sub(b" ", encoded(value, "utf-8"))


class Headers:
    """A list of values for each name, in the order in which the names were added."""

    __slots__ = ("_values",)

    def __init__(
        self, raw_headers: Mapping[str, list[str]] | Mapping[bytes, list[bytes]] | None = None
    ) -> None:
        self._values: dict[bytes, list[bytes]] = {}
        if raw_headers is not None:
            for name, values in raw_headers.items():
                self.set_raw_headers(name, values)

    @classmethod
    def from_parsed(cls, values: dict[bytes, list[bytes]]) -> Self:
        """Headers that keep this dict, which a parser has made: the names are canonical."""
        headers = cls.__new__(cls)
        headers._values = values
        return headers

    def put(self, name: bytes, value: bytes) -> None:
        """As set_raw_headers, without a check: `name` is canonical, and `value` has no line break."""
        self._values[name] = [value]

    def add_raw_header(self, name: str | bytes, value: str | bytes) -> None:
        """Add `value` after the values that `name` has."""
        name = canonical(name)
        self._values[name] = [*self._values.get(name, []), value_of(value)]

    def set_raw_headers(self, name: str | bytes, values: list[str] | list[bytes] | list[str | bytes]) -> None:
        """Replace all values of `name`. TypeError if `values` is not a list."""
        if not isinstance(values, list):
            raise TypeError(f"the values of a header are a list, not {name_of(values)}. Write [value].")
        self._values[canonical(name)] = [
            NO_VALUE.sub(b" ", value if isinstance(value, bytes) else encoded(value, "utf-8"))
            for value in values
        ]

    @overload
    def get_raw_headers(self, name: AnyStr) -> list[AnyStr] | None: ...

    @overload
    def get_raw_headers(self, name: AnyStr, default: D) -> list[AnyStr] | D: ...

    def get_raw_headers(
        self, name: str | bytes, default: D | None = None
    ) -> list[str] | list[bytes] | D | None:
        """The values of `name`, or `default` if it has none. Bytes for a bytes name, text for a text name."""
        values = self._values.get(canonical(name))
        if not values:
            return default
        if isinstance(name, str):
            return [value.decode("utf-8", "replace") for value in values]
        return list(values)

    def get_all_raw_headers(self) -> Iterator[tuple[bytes, list[bytes]]]:
        """Pairs of a name, in its usual spelling, and the list of its values, which must not be changed."""
        return iter(self._values.items())

    def get(self, name: bytes) -> list[bytes] | None:
        """As get_raw_headers, without a copy: `name` is canonical, and the list must not be changed."""
        return self._values.get(name)

    def has_header(self, name: str | bytes) -> bool:
        """Whether `name` was added or set, and not removed."""
        return canonical(name) in self._values

    def discard(self, name: bytes) -> None:
        """As remove_header; `name` is canonical."""
        self._values.pop(name, None)

    def has_any(self, names: frozenset[bytes]) -> bool:
        """Whether at least one of these canonical names was added or set."""
        return not names.isdisjoint(self._values)

    def remove_header(self, name: str | bytes) -> None:
        """Remove all values of `name`, if it has any."""
        self.discard(canonical(name))

    def copy(self) -> Self:
        """Headers of the same class with the same values; a change of one does not change the other."""
        return self.from_parsed(self._values.copy())  # a list of values is replaced, and never changed

    def __eq__(self, other: object) -> bool:
        return self._values == other._values if isinstance(other, Headers) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # it can change

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._values!r})"
