"""An error says in words what happened, and may be caught by the name that Python has for its kind."""

import errno

import pytest

from core import errors
from core.errors import (
    AlreadyCalled,
    AlreadyCancelled,
    CannotListenError,
    ConnectionAborted,
    ConnectionDone,
    ConnectionLost,
    DNSLookupError,
    UserAbort,
)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ConnectionDone(), "connection was closed cleanly"),
        (ConnectionLost(), "connection was lost"),
        (ConnectionLost("connection was reset"), "connection was reset"),
        (ConnectionAborted(), "connection was aborted at this end"),
        (ConnectionAborted("the reactor has stopped"), "the reactor has stopped"),
        (UserAbort(), "the connection attempt was cancelled"),
    ],
    ids=repr,
)
def test_the_end_of_a_connection_is_put_into_words(error: Exception, text: str) -> None:
    assert str(error) == text


def test_to_abort_is_to_lose_and_to_close_cleanly_is_not() -> None:
    assert issubclass(ConnectionAborted, ConnectionLost)
    assert not issubclass(ConnectionDone, ConnectionLost)


def test_what_cannot_be_listened_on_is_named_with_the_systems_reason() -> None:
    error = CannotListenError("tcp:127.0.0.1:8000", OSError(errno.EADDRINUSE, "Address already in use"))
    assert "tcp:127.0.0.1:8000" in str(error)
    assert "Address already in use" in str(error)
    assert error.errno == errno.EADDRINUSE
    assert error.address == "tcp:127.0.0.1:8000"


def test_what_cannot_be_listened_on_for_another_reason_says_that_one() -> None:
    assert "no such name" in str(CannotListenError("tcp:nowhere:8000", UnicodeError("no such name")))


def test_who_knows_only_pythons_errors_catches_ours_too() -> None:
    assert issubclass(CannotListenError, OSError)
    assert issubclass(DNSLookupError, OSError)
    assert issubclass(AlreadyCalled, ValueError)
    assert issubclass(AlreadyCancelled, ValueError)


def test_every_error_says_when_it_is_raised() -> None:
    for error in vars(errors).values():
        if isinstance(error, type):
            assert issubclass(error, Exception)
            assert error.__doc__
