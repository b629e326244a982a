"""The mistakes that the core recognizes: a table of what it says about each.

A sentence says what was done, where in the program's own file, and what to do instead. The checks are in
`checks.py`, and what is added to an exception in `hints.py`. `tutorials/MISTAKES.md` is made from the table.
"""

import inspect
import logging
import os
import re
import sys
import sysconfig
from contextlib import suppress
from enum import Enum
from pathlib import Path
from types import CodeType, FrameType
from weakref import WeakKeyDictionary

CORE = str(Path(__file__).parent.parent)
INSIDE = (CORE, *{sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})
HERE = ""  # the current directory at the start: it may be removed while the program runs
with suppress(OSError):
    HERE = os.path.join(os.getcwd(), "")


class Mistake(Enum):
    """The kinds of mistakes. A value has the text of the report, then the remedy, then the meaning."""

    MISSPELT_HANDLER = """{place}: this method is never called.
        Rename it to {nearest}.
        The reactor calls the handlers of protocols and factories by their exact names. Your own code can
        call a method with any other name, but the reactor does not."""
    WRONG_ARGUMENTS = """{place}: this handler does not take the arguments that it is called with.
        Write def {right}.
        A method takes self first. After it come the arguments that the reactor passes, in their order.
        Other names, and further arguments that have a default, are allowed."""
    NO_HANDLER = """{place}: {count} bytes came, and {owner} has no {handler}.
        Write a method {handler}(self, {arguments}). If it should ignore the data, its body is `pass`.
        The default handlers only report the data that came. This is said once for each class."""
    LINES_NOT_CUT = """{place}: this method replaces the one that parses lines.
        Call super().data_received(data), or leave data_received out.
        LineReceiver.data_received buffers the bytes, and calls line_received for each complete line. If it is
        replaced and not called, line_received is never called."""
    NOT_REGISTERED = """{place}: this method replaces the one that registers with the server.
        Call super().connection_made() in it, or self.register(nickname).
        IRCClient.connection_made sends NICK and USER. Without them the server sends no welcome, and
        signed_on is never called. A client with perform_login = False registers later."""
    COROUTINE_HANDLER = """{place}: this handler is a coroutine function. Its body never runs.
        Write a plain def that calls Deferred.from_coroutine(self.your_coroutine(...)).
        The call of a coroutine function returns a coroutine. The reactor does not await it."""
    GENERATOR_HANDLER = """{place}: this handler contains yield. Its body never runs.
        Remove the yield. To send something, call self.transport.write(...).
        The call of a function that contains yield returns a generator. Its body runs only in an iteration."""
    RESULT_IGNORED = """{place}: this handler returned {result}. The result is ignored.
        To send something, call self.transport.write(...) or self.send_line(...).
        A handler answers by a write to its transport. This is said once for each handler."""
    NO_PROTOCOL_BUILT = """{place}: the connection with {peer} is closed, because this method returned {got}.
        Return a protocol. To refuse a connection, return one that calls lose_connection in connection_made.
        A function without a return statement returns None. A protocol is an object, such as Shout(), and not
        its class. This is said once for each factory."""
    SHARED_PROTOCOL = """{place}: this method returned a protocol that has a connection already.
        Return a new object for each connection.
        A protocol has one transport. With two connections, the answers of both go to the newer one. Data that
        connections share is an attribute of the factory. This is said once for each factory."""
    PROTOCOL_ARGUMENTS = """{owner}.protocol cannot be called without arguments.
        Write a build_protocol that passes them, and sets protocol.factory = self.
        The default build_protocol calls the class in `protocol` without arguments."""
    NEVER_RAN = """{place}: the reactor called this function, and its body did not run.
        Use a plain def. For a coroutine, call Deferred.from_coroutine({name}()) in it.
        The call of a function with async def or yield only makes a coroutine or a generator. The reactor does
        not run it."""
    NOT_A_DEFERRED = """a coroutine of the reactor can await a Deferred, and not {got}.
        Use defer_later(reactor, seconds, f) instead of asyncio.sleep, and defer_to_thread for what blocks.
        An await gives control to the loop that runs the coroutine. asyncio is another loop."""
    WRONG_THREAD = """{name} was called in a thread that is not the reactor's.
        Call reactor.call_from_thread({name}, ...) instead.
        The reactor runs everything in one thread, without locks. Only call_from_thread is safe in others."""
    BLOCKED = """{place} has blocked the reactor for {seconds:.1f} s.
        Use defer_to_thread or call_later. Press Ctrl-C twice to end.
        While a handler runs, no other connection is served and no timer fires. defer_to_thread runs a
        blocking call in another thread; call_later makes a call after a delay."""
    CANNOT_CONNECT = """cannot connect to {address}: {reason}.
        Is the server running? Override client_connection_failed to react to this.
        The default client_connection_failed writes this to the log, and does nothing else."""
    TRYING_AGAIN = """{failure} {address}: {reason}; trying again in {seconds:.1f} s.
        Call stop_trying() to give up.
        A ReconnectingClientFactory connects again, and waits longer after each failure."""
    WRITE_AFTER_CLOSE = """{place}: {count} bytes were written after {ended}. They are lost.
        Write before that; lose_connection() sends everything that was written before it.
        A closed connection sends no more bytes. This is said once for each connection."""
    ANSWER_AFTER_END = """{place}: {count} bytes were written after the peer's end of stream. They are lost.
        Override read_connection_lost, and call lose_connection() when the answer is written.
        `echo hi | nc -N` sends, ends its half of the connection, and waits for the answer. The default
        read_connection_lost closes at once. This is said once for each connection."""
    LINE_HAS_ITS_END = """{place}: this line ends with a line end, and send_line adds another one.
        Leave it out: send_line({line}).
        The peer receives an empty line after each line. This is said once for each connection."""
    TOO_EARLY = """a protocol has no transport and no factory while __init__ runs.
        Use them in connection_made or later.
        The factory makes the protocol, sets its factory, and then gives it the transport."""
    NO_FACTORY = """{owner} has no factory, because build_protocol has not set it.
        Write protocol.factory = self in build_protocol.
        The default build_protocol sets it. One that replaces it has to do so too."""
    TEXT_AND_BYTES = """text and bytes are mixed here.
        Write constants with a b in front, b"...", or decode what was received, with data.decode().
        A protocol receives and sends bytes. Text is decoded bytes."""
    TEXT_FOR_BYTES = """a transport sends bytes, not {got}.
        Encode text, for example with .encode().
        The bytes of a text depend on its encoding; UTF-8 is the usual one. Received data is bytes too, so the
        comparison line == "quit" is always False. `python -b` warns about such comparisons."""
    CLASS_FOR_OBJECT = """{name} takes an object, and got the class {got}.
        Write {got}().
        The parentheses make an object of the class."""
    PROTOCOL_FOR_FACTORY = """{name} takes a {wanted}, and got {got}, a protocol.
        Write {wanted}.for_protocol({got}).
        A factory makes a protocol for each connection."""
    WRONG_FACTORY = """{name} takes a {wanted}, and got {got}.
        Use an object of {wanted}, or of a subclass.
        connect_tcp calls methods that only a ClientFactory has. listen_udp needs a protocol."""
    NO_TLS_CONTEXT = """{name} takes an ssl.SSLContext of a {end}, and got {got}.
        Use {maker} of core.transports.certificates.
        It loads the certificates from their files, and allows only what is safe."""
    NO_FACTORY_PROTOCOL = """{owner} has no protocol to make.
        Set `protocol = YourProtocol` in the class, or write a build_protocol.
        The default build_protocol makes an object of the class in `protocol` for each connection."""
    PROTOCOL_INSTANCE = """{owner}.protocol is an object, but must be a class.
        Write `protocol = {got}`, without parentheses.
        The default build_protocol makes an object of the class in `protocol` for each connection."""
    NOT_A_PORT = """{name} takes a port from 0 to 65535, and got {got}.
        Use a whole number; 0 means any free port.
        int(text) converts text to a number."""
    DELIMITER_TEXT = """{owner}.delimiter is {got}, but must be bytes.
        Write a b in front of it.
        Lines are parsed before they are decoded, because a chunk of bytes may end inside a character."""
    NOT_SECONDS = """{name} takes a number of seconds, and got {got}.
        Write a number, such as 0.5. The seconds come before the function: call_later(0.5, f).
        float(text) converts text to a number."""
    NOT_A_HOST = """{name} takes a host name or address as text, and got {got}.
        Put the host first and the port second: {name}("127.0.0.1", 8000, ...).
        A host is text such as "127.0.0.1" or "localhost"."""
    CALLED_TOO_EARLY = """{name} takes a function, and got {got}.
        Pass the function without a call: {name}(..., f, argument), not {name}(..., f(argument)).
        f(argument) calls f at once, and passes what it returns."""
    NO_COROUTINE = """{name} takes a coroutine, and got {got}.
        Call the coroutine function: {name}({got_name}()).
        A function made with async def returns a coroutine when it is called."""
    NOTHING_TO_AWAIT = """{place}: react waits for a coroutine or a Deferred, but {owner} returned {got}.
        Write async def {owner}, or return a Deferred.
        react runs the reactor until the result is there, and then ends the program."""
    OTHER_NAME = """{owner} has no {wrong}.
        Use {right}.
        The names are Twisted's, in snake_case. A protocol writes to its transport, and finds what all
        connections share at its factory."""
    NOT_RUNNING = """stop() was called, and the reactor does not run.
        To stop it later, pass stop without a call: call_later(5, reactor.stop).
        stop() ends a run() that has begun."""
    NO_LEAF = """{place}: this page is the root of a site, and the path "/" is not found below it.
        Write is_leaf = True in the class, or put a page at b"": root.put_child(b"", page).
        A page that is no leaf answers only for its own path, and a root has none: the path "/" is an empty
        segment, which leads to a child. This is said once for each class."""
    SLASH_IN_SEGMENT = """{place}: put_child takes one segment of a path, and got {got}.
        Leave the slash out. For "/a/b", put the page at b"b" of the page that is at b"a".
        A path is split at its slashes, and each segment leads to a child of the page before."""
    PAGE_RESULT = """{place}: the page for {path} returned {got}.
        Return bytes (encode text), or NOT_DONE_YET if the answer comes later.
        A function without a return statement returns None."""
    NEVER_RUN = """the program ends with {what}, and run() of its reactor was never called.
        Call reactor.run() as the last line of the program.
        Nothing happens before run(). Each Reactor() is a reactor of its own, and does not run another."""
    UNHANDLED_ERROR = """{place}: the Deferred made here failed, and no errback handles the error: {error}.
        Add an errback with add_errback, or await the Deferred inside try.
        Without an errback the error would be lost."""

    def __init__(self, text: str) -> None:
        self.seen, self.remedy, *meaning = [line.strip() for line in text.splitlines()]
        self.meaning = " ".join(meaning)

    def sentence(self, **facts: object) -> str:
        """The report and its remedy, with `facts` filled in."""
        return f"{self.seen} {self.remedy}".format(**facts)


_warned: WeakKeyDictionary[object, set[Mistake]] = WeakKeyDictionary()


def warn_once(log: logging.Logger, owner: object, mistake: Mistake, /, **facts: object) -> None:
    """Log the sentence at WARNING, once for each `owner`: a class, a function, a factory, a connection."""
    warned = _warned.setdefault(owner, set())
    if mistake not in warned:
        warned.add(mistake)
        log.warning("%s", mistake.sentence(**facts))


# --- places


def place_of(code: CodeType, line: int) -> str:
    """A line inside a function as text: `file.py:12, Shout.data_received`."""
    return f"{_shown(code.co_filename)}:{line}, {code.co_qualname}"


def _shown(path: str) -> str:
    return path.removeprefix(HERE) if HERE and path.startswith(HERE) else os.path.basename(path)


def defined_at(owner: object) -> str:
    """The place of a function or class as text; its name alone if there is no file, as in a prompt."""
    function = inspect.unwrap(owner) if callable(owner) else owner
    try:
        path, line = inspect.getfile(function), inspect.getsourcelines(function)[1]  # type: ignore[arg-type]
    except (OSError, TypeError):
        return name_of(function)
    return f"{_shown(path)}:{line}, {name_of(function)}"


def outside(frame: FrameType | None) -> FrameType | None:
    """The innermost call, from `frame` outwards, that is not inside the core or Python's library."""
    while frame is not None and frame.f_code.co_filename.startswith(INSIDE):
        frame = frame.f_back
    return frame


def program_call() -> str:
    """The function that calls this, as `lose_connection()`, if the program called it and not the core."""
    frame = sys._getframe(1)
    by_program = frame.f_back is not None and not frame.f_back.f_code.co_filename.startswith(INSIDE)
    return f"{frame.f_code.co_name}()" if by_program else ""


def caller() -> tuple[CodeType, int] | None:
    """The function and line of the program that called the core."""
    frame = outside(sys._getframe(1))
    return None if frame is None else (frame.f_code, frame.f_lineno)


def called_at() -> str:
    """The place of `caller`, as text."""
    called = caller()
    return place_of(*called) if called else "unknown place"


def name_of(thing: object) -> str:
    """The name of a function or class, or the name of the class of any other object."""
    return str(getattr(thing, "__qualname__", type(thing).__qualname__))


def snake_case(name: str) -> str:
    """`loseConnection` becomes `lose_connection`, and `listenTCP` becomes `listen_tcp`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
