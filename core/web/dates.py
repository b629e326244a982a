"""HTTP dates: `Sun, 06 Nov 1994 08:49:37 GMT`, and the two older forms that a recipient accepts, too."""

import calendar
import re
import time
from functools import lru_cache

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

# The three forms of RFC 9110, 5.6.7: IMF-fixdate, RFC 850, asctime.
FORMS = (
    re.compile(
        r"[A-Z][a-z]{2}, (?P<day>\d{2}) (?P<month>\w{3}) (?P<year>\d{4}) (?P<time>\d\d:\d\d:\d\d) GMT"
    ),
    re.compile(r"[A-Z][a-z]+, (?P<day>\d{2})-(?P<month>\w{3})-(?P<year>\d{2}) (?P<time>\d\d:\d\d:\d\d) GMT"),
    re.compile(r"[A-Z][a-z]{2} (?P<month>\w{3}) (?P<day>[ \d]\d) (?P<time>\d\d:\d\d:\d\d) (?P<year>\d{4})"),
)


def datetime_to_string(seconds: float | None = None) -> bytes:
    """The HTTP date of a time in Unix seconds; by default, of now."""
    return _formatted(int(time.time() if seconds is None else seconds))


@lru_cache(256)
def _formatted(seconds: int) -> bytes:
    year, month, day, hour, minute, second, weekday, _, _ = time.gmtime(seconds)
    text = f"{DAYS[weekday]}, {day:02} {MONTHS[month - 1]} {year:04} {hour:02}:{minute:02}:{second:02} GMT"
    return text.encode()


def string_to_datetime(date: bytes) -> int:
    """The Unix seconds of an HTTP date in any of its three forms. ValueError for anything else."""
    text = date.strip().decode("ascii", "replace")
    for form in FORMS:
        if (found := form.fullmatch(text)) and found["month"] in MONTHS:
            year, month, day = int(found["year"]), MONTHS.index(found["month"]) + 1, int(found["day"])
            hour, minute, second = map(int, found["time"].split(":"))
            if len(found["year"]) == 2:
                year = _full_year(year)
            if _is_a_time(year, month, day) and hour < 24 and minute < 60 and second < 61:
                return calendar.timegm((year, month, day, hour, minute, second))
    raise ValueError(f"{date!r} is not an HTTP date")


def _full_year(year: int) -> int:
    """A year of two digits is at most 50 years in the future (RFC 9110, 5.6.7)."""
    now = time.gmtime().tm_year
    year += now - now % 100
    return year - 100 if year > now + 50 else year


def _is_a_time(year: int, month: int, day: int) -> bool:
    return year > 0 and 1 <= day <= calendar.monthrange(year, month)[1]
