"""The mistakes that the core recognizes: a table of what it says about each, and the checks.

`tutorials/MISTAKES.md` is made from the table. A sentence says what was done, where in the program's own
file, and what to do instead. Most checks run once: for a class, for a connection, or at a wrong call.
"""

import inspect
import logging
import os
import re
import sys
import sysconfig
from collections.abc import Awaitable, Coroutine
from contextlib import suppress
from difflib import get_close_matches
from enum import Enum
from pathlib import Path
from reprlib import repr as short_repr
from types import CodeType, FrameType, FunctionType
from weakref import WeakKeyDictionary

NEAR = 0.9
"""How similar a name must be to a handler's (difflib's ratio). Real misspellings have 0.92 and more."""

CORE = str(Path(__file__).parent)
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
    NO_HANDLER = """{place}: {count} bytes came, and {owner} has no {handler}.
        Write a method {handler}(self, {arguments}). If it should ignore the data, its body is `pass`.
        The default handlers only report the data that came. This is said once for each class."""
    LINES_NOT_CUT = """{place}: this method replaces the one that parses lines.
        Call super().data_received(data), or leave data_received out.
        LineReceiver.data_received buffers the bytes, and calls line_received for each complete line. If it is
        replaced and not called, line_received is never called."""
    COROUTINE_HANDLER = """{place}: this handler is a coroutine function. Its body never runs.
        Write a plain def that calls Deferred.from_coroutine(self.your_coroutine(...)).
        The call of a coroutine function returns a coroutine. The reactor does not await it."""
    GENERATOR_HANDLER = """{place}: this handler contains yield. Its body never runs.
        Remove the yield. To send something, call self.transport.write(...).
        The call of a function that contains yield returns a generator. Its body runs only in an iteration."""
    RESULT_IGNORED = """{place}: this handler returned {result}. The result is ignored.
        To send something, call self.transport.write(...) or self.send_line(...).
        A handler answers by a write to its transport. This is said once for each handler."""
    NO_PROTOCOL_BUILT = """{place}: the connection with {peer} is closed, because this method returned None.
        Return a protocol. To refuse a connection, return one that calls lose_connection in connection_made.
        A function without a return statement returns None. This is said once for each factory."""
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
    CAMEL_CASE = """{owner} has no {wrong}.
        Use {right}.
        The names are Twisted's, in snake_case."""
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


_said: WeakKeyDictionary[object, set[Mistake]] = WeakKeyDictionary()


def say_once(log: logging.Logger, owner: object, mistake: Mistake, /, **facts: object) -> None:
    """Log the sentence at WARNING, once for each `owner`: a class, a function, a factory, a connection."""
    said = _said.setdefault(owner, set())
    if mistake not in said:
        said.add(mistake)
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


# --- handlers


def check_class(made: type, log: logging.Logger) -> None:
    """Warn of each handler of a new class that is misspelt or cannot run."""
    handlers = {name for base in made.__mro__ for name in vars(base).get("_handlers", ())}
    functions = {name: value for name, value in vars(made).items() if isinstance(value, FunctionType)}
    for name, function in functions.items():
        nearest = _nearest(name, function, handlers, functions)
        mistake = _wrong_kind(function) if name in handlers else Mistake.MISSPELT_HANDLER if nearest else None
        if mistake:
            log.warning("%s", mistake.sentence(place=defined_at(function), nearest=nearest))


def _nearest(name: str, function: object, handlers: set[str], functions: dict[str, FunctionType]) -> str:
    """The handler that `name` seems to mean, or "". A name that differs only in its case means it always."""
    snake = snake_case(name)
    if snake in handlers and functions.get(snake, function) is not function:  # else: an alias
        return f"{snake}, or delete it: the class has a {snake} too"
    return (
        ""
        if name.startswith("_")
        else "".join(get_close_matches(snake, handlers - functions.keys(), 1, NEAR))
    )


def _wrong_kind(function: FunctionType) -> Mistake | None:
    if inspect.isgeneratorfunction(function):
        return Mistake.GENERATOR_HANDLER
    runs = not (inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function))
    return None if runs else Mistake.COROUTINE_HANDLER


def check_data_received(made: type, log: logging.Logger) -> None:
    """Warn if a LineReceiver's data_received, and all its other methods, call nothing that parses lines."""
    codes = [value.__code__ for value in vars(made).values() if isinstance(value, FunctionType)]
    if not any(_mentions(code, {"data_received", "line_received"}) for code in codes):
        log.warning("%s", Mistake.LINES_NOT_CUT.sentence(place=defined_at(vars(made)["data_received"])))


def _mentions(code: CodeType, names: set[str]) -> bool:
    inner = [const for const in code.co_consts if isinstance(const, CodeType)]
    return not names.isdisjoint(code.co_names) or any(_mentions(each, names) for each in inner)


def no_handler(owner: object, handler: str, data: bytes, arguments: str = "data") -> dict[str, object]:
    """The facts for NO_HANDLER."""
    made = type(owner)
    facts = {"place": defined_at(made), "owner": name_of(made), "handler": handler, "arguments": arguments}
    return {**facts, "count": len(data)}


def say_ignored(log: logging.Logger, handler: object, result: object) -> None:
    """Warn that `handler` returned `result`."""
    function = getattr(handler, "__func__", handler)
    place, shown = defined_at(function), short_repr(result)
    say_once(log, function, Mistake.RESULT_IGNORED, place=place, result=shown)


def add_hint(error: Exception) -> None:
    """Add a note to an AttributeError, as of `transport.loseConnection`, if the snake_case name exists."""
    if isinstance(error, AttributeError) and error.name:
        snake = snake_case(error.name)
        names = {snake, snake.removeprefix("get_")} - {error.name}
        for right in names.intersection(dir(error.obj)):
            error.add_note(
                Mistake.CAMEL_CASE.sentence(owner=name_of(error.obj), wrong=error.name, right=right)
            )


def snake_case(name: str) -> str:
    """`loseConnection` becomes `lose_connection`, and `listenTCP` becomes `listen_tcp`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


# --- calls


def wrong_thread() -> RuntimeError:
    """The error for a call of the core in another thread. It names the function that the program called."""
    name, frame = "", sys._getframe(1)
    while frame.f_code.co_filename.startswith(INSIDE) and frame.f_back is not None:
        name = frame.f_code.co_name if frame.f_code.co_filename.startswith(CORE) else name
        frame = frame.f_back
    return RuntimeError(Mistake.WRONG_THREAD.sentence(name=name))


def check_callable(name: str, f: object) -> None:
    """Raise TypeError unless `f` can be called."""
    if not callable(f):
        raise TypeError(Mistake.CALLED_TOO_EARLY.sentence(name=name, got=repr(f)))


def check_coroutine(name: str, got: object) -> None:
    """Raise TypeError unless `got` is a coroutine, and not the function that makes it."""
    if not isinstance(got, Coroutine):
        raise TypeError(Mistake.NO_COROUTINE.sentence(name=name, got=repr(got), got_name=name_of(got)))


def check_awaitable(main: object, got: object) -> None:
    """Raise TypeError unless `main` returned a coroutine or a Deferred."""
    if not isinstance(got, Awaitable):
        facts = {"place": defined_at(main), "owner": name_of(main), "got": repr(got)}
        raise TypeError(Mistake.NOTHING_TO_AWAIT.sentence(**facts))


def check_host(name: str, host: object) -> None:
    """Raise TypeError for anything but text."""
    if not isinstance(host, str):
        raise TypeError(Mistake.NOT_A_HOST.sentence(name=name, got=repr(host)))


def check_port(name: str, port: object) -> None:
    """Raise TypeError for anything but a whole number, ValueError for one out of range."""
    error = TypeError if not isinstance(port, int) or isinstance(port, bool) else ValueError
    if error is TypeError or port not in range(65536):
        raise error(Mistake.NOT_A_PORT.sentence(name=name, got=repr(port)))


def check_object(name: str, got: object, wanted: type) -> None:
    """Raise TypeError unless `got` is an object of `wanted`, and its `protocol`, if any, is a class."""
    facts = {"name": name, "owner": name_of(got), "got": name_of(got), "wanted": wanted.__name__}
    if isinstance(got, wanted):
        protocol = getattr(got, "protocol", None)
        if isinstance(protocol, type) or not hasattr(protocol, "data_received"):
            return
        mistake, facts["got"] = Mistake.PROTOCOL_INSTANCE, name_of(protocol)
    elif hasattr(wanted, "for_protocol") and hasattr(got, "data_received"):
        mistake = Mistake.PROTOCOL_FOR_FACTORY
    elif isinstance(got, type) and issubclass(got, wanted):
        mistake = Mistake.CLASS_FOR_OBJECT
    else:
        mistake = Mistake.WRONG_FACTORY
    raise TypeError(mistake.sentence(**facts))
