"""Cookies: the value of a Set-Cookie header, and the cookies that a request has (RFC 6265)."""

import re
from collections.abc import Iterable

from core.web.headers import encoded

SAME_SITE = (b"lax", b"strict", b"none")
SEPARATOR = re.compile(rb"\r\n|[\r\n\0;]")


def set_cookie(
    key: str | bytes,
    value: str | bytes,
    attributes: Iterable[tuple[bytes, str | bytes | None]],
    secure: bool,
    http_only: bool,
    same_site: str | bytes | None,
) -> bytes:
    """The value of a Set-Cookie header. A line break or semicolon inside a part becomes a space.

    ValueError for a `same_site` that does not exist, or that needs `secure`.
    """
    parts = [_clean(key) + b"=" + _clean(value)]
    parts += [name + b"=" + _clean(text) for name, text in attributes if text is not None]
    parts += [name for name, wanted in ((b"Secure", secure), (b"HttpOnly", http_only)) if wanted]
    if same_site:
        policy = encoded(same_site, "utf-8").lower()
        if policy not in SAME_SITE:
            raise ValueError(f"same_site is lax, strict or none, not {same_site!r}")
        if policy == b"none" and not secure:
            raise ValueError("same_site none needs secure=True: browsers drop the cookie otherwise")
        parts.append(b"SameSite=" + policy)
    return b"; ".join(parts)


def _clean(text: str | bytes) -> bytes:
    return SEPARATOR.sub(b" ", encoded(text, "utf-8"))


def parse_cookies(values: Iterable[bytes]) -> dict[bytes, bytes]:
    """The cookies in these Cookie headers, by name. Of two with one name, the last."""
    pairs = (pair.split(b"=", 1) for value in values for pair in value.split(b";") if b"=" in pair)
    return {name.strip(): value.strip() for name, value in pairs}
