"""ISUPPORT: the features that a server announces when a client has signed on, such as the longest nickname.

    :irc.example 005 ann NICKLEN=9 PREFIX=(ov)@+ CHANMODES=b,k,l,imnpst :are supported by this server

A feature is a name, or `NAME=value`; `-NAME` takes it back (draft-brocklesby-irc-isupport-03).
"""

import re
from collections.abc import Iterable

from core.formats.irc_text import CaseMapping

DEFAULTS = {"CHANNELLEN": "200", "CHANTYPES": "#&", "MODES": "3", "NICKLEN": "9", "PREFIX": "(ovh)@+%"}
"""The defaults of the draft, and CHANMODES, for which the draft has no default."""
DEFAULTS["CHANMODES"] = "b,,lk"


class ServerSupportedFeatures:
    """The features of one server. A feature's value is text, "" if it has none."""

    def __init__(self) -> None:
        self._features = dict(DEFAULTS)

    def parse(self, options: Iterable[str]) -> None:
        """Add the features of one ISUPPORT line, or remove those with a minus."""
        for option in options:
            name, _, value = option.partition("=")
            if name.startswith("-"):
                self._features.pop(name[1:], None)
            else:
                self._features[name] = _unescape(value)

    def get_feature(self, name: str, default: str | None = None) -> str | None:
        """The value of a feature, or `default` if the server does not have it."""
        return self._features.get(name, default)

    def has_feature(self, name: str) -> bool:
        """Whether the server has this feature."""
        return name in self._features

    def number(self, name: str) -> int:
        """The value of a feature that is a number, such as NICKLEN; otherwise the default, or 0."""
        for value in (self._features.get(name), DEFAULTS.get(name)):
            if value is not None and re.fullmatch("[0-9]{1,9}", value):
                return int(value)
        return 0

    @property
    def prefix_modes(self) -> str:
        """The letters of the modes that members of a channel can have, such as `ov`."""
        found = re.match(r"\(([^)]*)\)", self._features.get("PREFIX", ""))
        return found[1] if found else ""

    @property
    def channel_mode_params(self) -> tuple[str, str]:
        """The letters of channel modes that take a parameter: when they are added, and when they are removed.

        CHANMODES has four lists: modes that are lists themselves, modes that always take a parameter, modes
        that take one only when they are added, and modes that take none.
        """
        lists, always, when_added, *_ = [*self._features.get("CHANMODES", "").split(","), "", "", ""]
        both = self.prefix_modes + lists + always
        return both + when_added, both

    @property
    def case_mapping(self) -> CaseMapping:
        """The rule by which the server compares names. An unknown one counts as RFC 1459's."""
        try:
            return CaseMapping(self._features.get("CASEMAPPING", "rfc1459"))
        except ValueError:
            return CaseMapping.RFC1459


def _unescape(value: str) -> str:
    r"""Replace `\x20` and the like: a blank cannot stand in a line's parameter."""
    return re.sub(r"\\x([0-9A-Fa-f]{2})", lambda found: chr(int(found[1], 16)), value)
