"""The filter language: terms that must all hold, as in `srv:chat peer:127. outq>64k !user:bob`.

`field:text` searches in one field and ignores case. `field>number` compares, with the units `k`, `M`, `G`
for bytes and `s`, `m`, `h`, `d` for times. A single word is searched for in all text fields. `!` negates.
`a|b` is either of them, as in `user:ann|bob`.
"""

import operator
import re
from collections.abc import Callable

from clients.monitor.sessions.fields import BY_NAME, FIELDS, Field, Number
from clients.monitor.sessions.model import Now
from clients.monitor.sessions.server import SessionRow
from core.formats.text import fold

Predicate = Callable[[SessionRow, Now], bool]

TERM = re.compile(r"(!?)(?:([a-z]+)(:|<=|>=|<|>|=))?(.*)", re.IGNORECASE)
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "=": operator.eq,
}
TEXTS = tuple(field for field in FIELDS if field.number is None)


def parse(text: str) -> Predicate:
    """The predicate for `text`. An empty text matches all. ValueError, with a message of one line."""
    terms = [_term(word) for word in text.split()]
    if len(terms) == 1:
        return terms[0]
    return lambda session, now: all(term(session, now) for term in terms)


def _term(word: str) -> Predicate:
    found = TERM.fullmatch(word)
    if found is None:  # the word contains a line break that `split` does not know
        return _contains(word, TEXTS)
    negated, name, sign, value = found.groups()
    values = [each for each in value.split("|") if each] or [value]  # `ann|` is not finished yet
    terms = [_comparison(name, sign, each) if name else _contains(each, TEXTS) for each in values]
    if negated:
        return lambda session, now: not any(term(session, now) for term in terms)
    return lambda session, now: any(term(session, now) for term in terms)


def _comparison(name: str, sign: str, value: str) -> Predicate:
    field = BY_NAME.get(name.lower())
    if field is None:
        raise ValueError(f"there is no field {name!r}; there are {', '.join(field.name for field in FIELDS)}")
    if sign == ":":
        return _contains(value, (field,))
    if field.number is not None:
        return _compares(field.number, COMPARISONS[sign], field.measure.parse(value, name + sign))
    if sign == "=":
        return lambda session, now: fold(value) == fold(field.text(session, now))
    raise ValueError(f"{field.name} is text: search in it with {field.name}:{value or 'text'}")


def _contains(value: str, fields: tuple[Field, ...]) -> Predicate:
    value = fold(value)
    return lambda session, now: any(value in fold(field.text(session, now)) for field in fields)


def _compares(number: Number, compare: Callable[[float, float], bool], limit: float) -> Predicate:
    return lambda session, now: compare(number(session, now), limit)
