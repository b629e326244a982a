"""Every sentence that the core says to a learner who made a mistake: one table, and how a place is named.

`tutorials/MISTAKES.md` is made from this table. Each sentence says what was done, where in the learner's own
file, and what to do instead. The checks themselves stand where the mistake is met; a check that belongs to a
class runs once for each class, when the class is made (`check_class`), so that no byte pays for it.
"""

import inspect
import logging
import re
import sys
import sysconfig
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from difflib import get_close_matches
from enum import Enum
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from weakref import WeakKeyDictionary

NEAR = 0.9
"""How much a name has to resemble a handler's (difflib's ratio). Real misspellings score 0.92 and more."""

LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})
CORE = str(Path(__file__).parent)
INSIDE = (CORE, *LIBRARIES)


class Mistake(Enum):
    """One kind of mistake: what the log or the error says, the remedy, and what it means.

    The words in braces are filled in by `sentence`.
    """

    MISSPELT_HANDLER = (
        "{place}: this method is never called.",
        "Rename it to {nearest}.",
        "The reactor calls a protocol's or a factory's handlers by their exact names. A method with another "
        "name is a method of your own, and nothing calls it.",
    )
    NO_HANDLER = (
        "{place}: {count} bytes came, and {owner} has no {handler}.",
        "Write a method {handler}(self, {argument}); `pass` as its body ignores the data on purpose.",
        "The default handler ignores what it is given. This is said once for each class.",
    )
    LINES_NOT_CUT = (
        "{place}: this data_received replaces the one that cuts lines, so line_received is never called.",
        "Call super().data_received(data), or leave data_received out.",
        "LineReceiver.data_received collects bytes and calls line_received for each whole line.",
    )
    COROUTINE_HANDLER = (
        "{place}: this handler is a coroutine function. Calling it makes a coroutine that never runs.",
        "Write a plain def that calls Deferred.from_coroutine(self.your_coroutine(...)).",
        "The reactor calls a handler and does not await it.",
    )
    GENERATOR_HANDLER = (
        "{place}: this handler contains yield. Calling it makes a generator that never runs.",
        "Take the yield out, or call self.transport.write(...) where the yield stands.",
        "A function with a yield in it runs only when something iterates over its result.",
    )
    RESULT_IGNORED = (
        "{place}: this handler returned {result}. The result is ignored.",
        "Call self.transport.write(...) or self.send_line(...) to send something.",
        "A handler answers by writing to its transport, not by returning. This is said once for each class.",
    )
    NO_PROTOCOL_BUILT = (
        "{place}: the connection with {peer} was closed, because this build_protocol returned None.",
        "Return a protocol. (To refuse a connection on purpose, write to nobody and ignore this sentence.)",
        "A build_protocol without a return statement returns None. This is said once for each factory.",
    )
    WRONG_THREAD = (
        "{name} was called from another thread than the reactor's.",
        "Use reactor.call_from_thread({name}, ...).",
        "The reactor runs everything in one thread. Only call_from_thread is safe from another one.",
    )
    BLOCKED = (
        "{place}: the reactor has waited {seconds:.1f} s for this call to return.",
        "Use defer_to_thread for a call that blocks and call_later to wait; Ctrl-C twice ends the program.",
        "While a handler runs, no other connection is served and no timer runs.",
    )
    CANNOT_CONNECT = (
        "cannot connect to {address}: {reason}.",
        "Is the server running? Override client_connection_failed to do something about it.",
        "No connection was made. The default client_connection_failed only says so.",
    )
    TRYING_AGAIN = (
        "cannot connect to {address}: {reason}; trying again in {seconds:.1f} s.",
        "Call stop_trying() to give up.",
        "A ReconnectingClientFactory tries again by itself, each time a little later.",
    )
    WRITE_AFTER_CLOSE = (
        "{place}: {count} bytes were written after {ended}. They are not sent.",
        "Write before lose_connection(); what was written before it is still sent.",
        "A closed connection takes no more bytes. This is said once for each connection.",
    )
    ANSWER_AFTER_END = (
        "{place}: {count} bytes were written after the peer ended its sending and this side closed. "
        "They are not sent.",
        "Override read_connection_lost, and call lose_connection() there once the answer is written.",
        "`echo hi | nc -N` sends, ends its half of the connection, and waits. The default "
        "read_connection_lost closes at once. This is said once for each connection.",
    )
    LINE_HAS_ITS_END = (
        "{place}: this line has its end already, and send_line adds another one.",
        "Leave the line's end out: send_line({line}).",
        "The peer reads an empty line after each line. This is said once for each connection.",
    )
    TEXT_FOR_BYTES = (
        "{name} takes bytes, not text: {text}.",
        "Encode it, for example with .encode().",
        "Connections carry bytes. What text becomes depends on an encoding, and UTF-8 is the usual one. A "
        'comparison such as line == "quit" is never true, because line is bytes: python -b warns of it.',
    )
    CLASS_FOR_OBJECT = (
        "{name} takes an object, and got the class {got}.",
        "Write {got}().",
        "A class is the plan, and an object is what is made from it.",
    )
    PROTOCOL_FOR_FACTORY = (
        "{name} takes a factory, and got {got}, a protocol.",
        "Write Factory.for_protocol({got}).",
        "A factory makes a protocol for each connection.",
    )
    WRONG_FACTORY = (
        "{name} takes a {wanted}, and got {got}.",
        "Make {owner} a subclass of {wanted}.",
        "A client's factory is told how its attempts to connect went; a ClientFactory can be told.",
    )
    NO_FACTORY_PROTOCOL = (
        "{owner} has no protocol to make.",
        "Set `protocol = YourProtocol` in the class, or write build_protocol.",
        "build_protocol makes a new object of the class in `protocol` for each connection.",
    )
    PROTOCOL_INSTANCE = (
        "{owner}.protocol is an object, and has to be a class.",
        "Write `protocol = {got}`, without parentheses.",
        "build_protocol makes a new object of that class for each connection.",
    )
    NOT_A_PORT = (
        "{name} takes a port from 0 to 65535, and got {got}.",
        "Use a whole number; port 0 takes a free one.",
        "A port is a number. int(text) makes one of text.",
    )
    NOT_A_HOST = (
        "{name} takes a host name or address as text, and got {got}.",
        'Put the host first and the port second: {name}("127.0.0.1", 8000, ...).',
        'A host is text, such as "127.0.0.1" or "localhost".',
    )
    CALLED_TOO_EARLY = (
        "{name} takes a function, and got {got}.",
        "Hand the function over without calling it: {name}(..., f, argument), not {name}(..., f(argument)).",
        "f(argument) calls f now, and hands over what it returns.",
    )
    NO_COROUTINE = (
        "{name} takes a coroutine, and got {got}.",
        "Call the coroutine function: {name}({got_name}()).",
        "A function made with async def returns a coroutine when it is called.",
    )
    NOTHING_TO_AWAIT = (
        "{place}: react waits for a coroutine or a Deferred, and {owner} returned {got}.",
        "Write async def {owner}, or return a Deferred.",
        "react runs the reactor until the result is there, and then ends the program.",
    )
    CAMEL_CASE = (
        "{owner} has no {wrong}.",
        "Use {right}.",
        "The names are Twisted's, in snake_case.",
    )
    NEVER_RUN = (
        "the program ends with {what}, and reactor.run() was never called.",
        "Call run() of the reactor that listens or connects, as the last line of the program.",
        "Nothing happens before run(). Each Reactor() is a reactor of its own: running one does not serve "
        "the ports of another.",
    )
    UNHANDLED_ERROR = (
        "{place}: the Deferred made here failed, and no errback handles the error: {error}.",
        "Add an errback with add_errback, or await the Deferred inside try.",
        "An error that nothing handles would otherwise be lost.",
    )

    def __init__(self, seen: str, remedy: str, meaning: str) -> None:
        self.seen = seen
        self.remedy = remedy
        self.meaning = meaning

    def sentence(self, **facts: object) -> str:
        """What was done, where, and what to do."""
        return f"{self.seen} {self.remedy}".format(**facts)


_said: WeakKeyDictionary[object, set[Mistake]] = WeakKeyDictionary()


def say_once(log: logging.Logger, owner: object, mistake: Mistake, **facts: object) -> None:
    """Log the sentence at WARNING, once for each `owner`: a class, a factory, a connection."""
    said = _said.setdefault(owner, set())
    if mistake not in said:
        said.add(mistake)
        log.warning("%s", mistake.sentence(**facts))


# --- places


def place_of(code: CodeType, line: int = 0) -> str:
    """`file.py:12, Shout.data_received`; without `line`, the line where the function begins."""
    path = Path(code.co_filename)
    shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path.name
    return f"{shown}:{line or code.co_firstlineno}, {code.co_qualname}"


def defined_at(owner: object) -> str:
    """The place of a function or class; its name alone where there is no file, as at a prompt."""
    function = inspect.unwrap(owner) if callable(owner) else owner
    if isinstance(function, FunctionType):
        return place_of(function.__code__)
    methods = [value for value in vars(owner).values() if isinstance(value, FunctionType)]
    return place_of(methods[0].__code__).rpartition(".")[0] if methods else name_of(owner)


def caller() -> tuple[CodeType, int] | None:
    """The function and line of the innermost call that is outside of the core and of Python's library."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(INSIDE):
        frame = frame.f_back
    return None if frame is None else (frame.f_code, frame.f_lineno)


def called_at() -> str:
    """The place of `caller`, as text."""
    called = caller()
    return place_of(*called) if called else ""


def name_of(thing: object) -> str:
    """A function or class by its name, any other object by that of its class."""
    return str(getattr(thing, "__qualname__", type(thing).__qualname__))


# --- classes


def check_class(made: type, log: logging.Logger) -> None:
    """Warn of each handler of the new class that is misspelt or cannot run. Called when a class is made."""
    handlers = set(_handlers(made))
    for name, value in vars(made).items():
        if not isinstance(value, FunctionType) or name.startswith("_"):
            continue
        if name not in handlers:
            nearest = _nearest(name, handlers - set(_overridden(made)))
            if nearest:
                log.warning("%s", Mistake.MISSPELT_HANDLER.sentence(place=defined_at(value), nearest=nearest))
        elif inspect.iscoroutinefunction(value) or inspect.isasyncgenfunction(value):
            log.warning("%s", Mistake.COROUTINE_HANDLER.sentence(place=defined_at(value)))
        elif inspect.isgeneratorfunction(value):
            log.warning("%s", Mistake.GENERATOR_HANDLER.sentence(place=defined_at(value)))


def _handlers(made: type) -> Iterator[str]:
    """The names in `handlers` of each class that `made` is made from: what the reactor calls."""
    for base in made.__mro__:
        yield from vars(base).get("handlers", ())


def _overridden(made: type) -> Iterator[str]:
    """The names that the learner's own classes define."""
    for base in made.__mro__:
        if not base.__module__.startswith("core."):
            yield from vars(base)


def _nearest(name: str, handlers: set[str]) -> str:
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return next(iter(get_close_matches(snake, handlers, 1, NEAR)), "")


# --- arguments


def check_callable(name: str, f: object) -> None:
    """TypeError in words unless `f` can be called."""
    if not callable(f):
        raise TypeError(Mistake.CALLED_TOO_EARLY.sentence(name=name, got=repr(f)))


def check_coroutine(name: str, got: object) -> None:
    """TypeError in words unless `got` is a coroutine, and not the function that makes it."""
    if not isinstance(got, Coroutine):
        facts = {"name": name, "got": repr(got), "got_name": name_of(got)}
        raise TypeError(Mistake.NO_COROUTINE.sentence(**facts))


def check_awaitable(main: object, got: object) -> None:
    """TypeError in words unless `main` returned a coroutine or a Deferred."""
    if not isinstance(got, Awaitable):
        facts = {"place": defined_at(main), "owner": name_of(main), "got": repr(got)}
        raise TypeError(Mistake.NOTHING_TO_AWAIT.sentence(**facts))


def check_host(name: str, host: object) -> None:
    """TypeError in words for anything but text."""
    if not isinstance(host, str):
        raise TypeError(Mistake.NOT_A_HOST.sentence(name=name, got=repr(host)))


def check_port(name: str, port: object) -> None:
    """TypeError in words for anything but a whole number, ValueError for one out of range."""
    if not isinstance(port, int) or isinstance(port, bool):
        raise TypeError(Mistake.NOT_A_PORT.sentence(name=name, got=repr(port)))
    if not 0 <= port <= 65535:
        raise ValueError(Mistake.NOT_A_PORT.sentence(name=name, got=repr(port)))


def check_object(name: str, got: object, wanted: type, is_protocol: Callable[[object], bool]) -> None:
    """TypeError in words unless `got` is a `wanted`, an object and not its class."""
    if isinstance(got, wanted):
        return
    if is_protocol(got):
        raise TypeError(Mistake.PROTOCOL_FOR_FACTORY.sentence(name=name, got=name_of(got)))
    if isinstance(got, type) and issubclass(got, wanted):
        raise TypeError(Mistake.CLASS_FOR_OBJECT.sentence(name=name, got=name_of(got)))
    facts = {"name": name, "got": repr(got), "owner": name_of(got), "wanted": wanted.__name__}
    raise TypeError(Mistake.WRONG_FACTORY.sentence(**facts))
