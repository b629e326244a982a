"""The exceptions: each says what happened, and has the base class that Python has for its kind."""

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
    UserError,
)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ConnectionDone(), "connection was closed cleanly"),
        (ConnectionLost(), "connection was lost"),
        (ConnectionLost("connection was reset"), "connection was reset"),
        (ConnectionAborted(), "connection was aborted at this end"),
        (ConnectionAborted("the reactor has stopped"), "the reactor has stopped"),
        (UserError(), "the connection attempt was cancelled"),
    ],
    ids=repr,
)
def test_the_reason_of_a_lost_connection_has_a_text(error: Exception, text: str) -> None:
    assert str(error) == text


def test_connection_aborted_is_a_connection_lost_and_connection_done_is_not() -> None:
    assert issubclass(ConnectionAborted, ConnectionLost)
    assert not issubclass(ConnectionDone, ConnectionLost)
    assert ConnectionDone.__base__ is ConnectionLost.__base__ is errors.ConnectionClosed


def test_user_abort_is_another_name_of_user_error() -> None:
    assert errors.UserAbort is UserError


def test_cannot_listen_has_the_address_and_the_reason_of_the_system() -> None:
    error = CannotListenError("tcp:127.0.0.1:8000", OSError(errno.EADDRINUSE, "Address already in use"))
    assert "tcp:127.0.0.1:8000" in str(error)
    assert "Address already in use" in str(error)
    assert error.errno == errno.EADDRINUSE
    assert error.address == "tcp:127.0.0.1:8000"


def test_cannot_listen_has_the_text_of_any_other_error() -> None:
    assert "no such name" in str(CannotListenError("tcp:nowhere:8000", UnicodeError("no such name")))


def test_the_exceptions_have_base_classes_of_python() -> None:
    assert issubclass(CannotListenError, OSError)
    assert issubclass(DNSLookupError, OSError)
    assert issubclass(AlreadyCalled, ValueError)
    assert issubclass(AlreadyCancelled, ValueError)


def test_each_exception_has_a_docstring() -> None:
    for error in vars(errors).values():
        if isinstance(error, type):
            assert issubclass(error, Exception)
            assert error.__doc__
