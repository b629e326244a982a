"""The filter's language: terms that must all hold, as in `srv:chat peer:127. outq>64k !user:bob`.

`field:text` looks for a text within a field, whatever the case; `field>figure` compares, with `k`, `M`, `G`
for bytes and `s`, `m`, `h`, `d` for times; a word alone is looked for in every text; `!` turns a term round.
"""

import operator
import re
from collections.abc import Callable

from clients.monitor.sessions.fields import BY_NAME, FIELDS, Field
from clients.monitor.sessions.model import Now
from clients.monitor.sessions.server import SessionRow

Predicate = Callable[[SessionRow, Now], bool]

TERM = re.compile(r"(!?)(?:([a-z]+)(:|<=|>=|<|>|=))?(.*)", re.IGNORECASE)
FIGURE = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)([a-z]?)", re.IGNORECASE)
FACTORS = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "=": operator.eq,
}
TEXTS = tuple(field for field in FIELDS if field.number is None)


def parse(text: str) -> Predicate:
    """What `text` asks for; nothing asks for all. ValueError, in one line, if it makes no sense."""
    terms = [_term(word) for word in text.split()]
    if len(terms) == 1:
        return terms[0]
    return lambda line, now: all(term(line, now) for term in terms)


def _term(word: str) -> Predicate:
    found = TERM.fullmatch(word)
    if found is None:  # a line break of an unusual kind within the word
        return _anywhere(word)
    turned, name, sign, value = found.groups()
    term = _comparison(name, sign, value) if name else _anywhere(value)
    return (lambda line, now: not term(line, now)) if turned else term


def _comparison(name: str, sign: str, value: str) -> Predicate:
    field = BY_NAME.get(name.lower())
    if field is None:
        raise ValueError(f"there is no field {name!r}; there are {', '.join(field.name for field in FIELDS)}")
    if sign == ":" or (sign == "=" and field.number is None):
        return _text(field, value.casefold(), whole=sign == "=")
    if field.number is None:
        raise ValueError(f"{field.name} is a text: ask for a part of it with {field.name}:{value or 'text'}")
    return _figure(field.number, COMPARISONS[sign], figure(value, f"{name}{sign}"))


def _text(field: Field, value: str, whole: bool) -> Predicate:
    text = field.text
    if whole:
        return lambda line, now: value == text(line, now).casefold()
    return lambda line, now: value in text(line, now).casefold()


def _figure(
    number: Callable[[SessionRow, Now], float], compare: Callable[[float, float], bool], limit: float
) -> Predicate:
    return lambda line, now: compare(number(line, now), limit)


def _anywhere(word: str) -> Predicate:
    value = word.casefold()
    return lambda line, now: any(value in field.text(line, now).casefold() for field in TEXTS)


def figure(text: str, before: str = "") -> float:
    """`64k` as 64000. ValueError."""
    found = FIGURE.fullmatch(text)
    unit = found[2] if found else ""
    factor = FACTORS.get(unit, FACTORS.get(unit.lower()))
    if found is None or factor is None or not text.isascii():
        raise ValueError(
            f"{before}{text}: after {before or 'it'} comes a figure, such as 64k, 1.5M, 30s or 5m"
        )
    return float(found[1]) * factor
