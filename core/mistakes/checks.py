"""The checks for mistakes of the program: most run once, for a class, for a connection or at a wrong call.

The sentences are in `core/mistakes/table.py`.
"""

import inspect
import logging
import sys
from collections.abc import Awaitable, Coroutine
from difflib import get_close_matches
from reprlib import repr as short_repr
from types import CodeType, CoroutineType, FunctionType, GeneratorType

from core.mistakes.table import CORE, INSIDE, Mistake, defined_at, name_of, place_of, snake_case, warn_once

NEAR = 0.9
"""How similar a name must be to a handler's (difflib's ratio). Real misspellings have 0.92 and more."""

PAGE_CALLS = {
    "get_child": "get_child(self, path, request)",
    "render": "render(self, request)",
    **{
        f"render_{method.lower()}": f"render_{method}(self, request)"
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
    },
}
"""The methods of a web page, by their names in lower case."""


# --- handlers


def check_class(made: type, log: logging.Logger) -> None:
    """Warn of each handler of a new class that is misspelt or cannot run."""
    handlers = {name for base in made.__mro__ for name in vars(base).get("_handlers", ())}
    functions = _functions(made)
    for name, function in functions.items():
        nearest = _nearest(name, function, handlers, functions)
        mistake = Mistake.MISSPELT_HANDLER if nearest else None
        right = ""
        if name in handlers:
            right = _right_call(made, name)
            mistake = _wrong_kind(function) or (None if _takes(function, right) else Mistake.WRONG_ARGUMENTS)
        if mistake:
            log.warning("%s", mistake.sentence(place=defined_at(function), nearest=nearest, right=right))


def _functions(made: type) -> dict[str, FunctionType]:
    """The functions of the class itself, by their names."""
    return {name: value for name, value in vars(made).items() if isinstance(value, FunctionType)}


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


def _right_call(made: type, name: str) -> str:
    """How the reactor calls a handler, such as `data_received(self, data)`: as its first class has it."""
    code = [vars(base)[name] for base in made.__mro__ if name in vars(base)][-1].__code__
    return f"{name}({', '.join(code.co_varnames[: code.co_argcount])})"


def _takes(function: FunctionType, call: str) -> bool:
    try:
        inspect.signature(function, follow_wrapped=False).bind(*call.split(", "))
    except TypeError:
        return False
    return True


def check_page(made: type, log: logging.Logger) -> None:
    """Warn of each method of a new class of web pages that is misspelt or takes other arguments."""
    functions = _functions(made)
    for name, function in functions.items():
        call = PAGE_CALLS.get(snake_case(name), name)
        right = call.partition("(")[0]
        mistake = None
        if right != name and functions.get(right) is not function:
            mistake = Mistake.MISSPELT_HANDLER
        elif right == name != call and not _takes(function, call):
            mistake = Mistake.WRONG_ARGUMENTS
        if mistake:
            log.warning("%s", mistake.sentence(place=defined_at(function), nearest=right, right=call))


def check_calls(made: type, name: str, wanted: set[str], mistake: Mistake, log: logging.Logger) -> None:
    """Warn of `mistake` if a new class has a method `name`, and none of its methods calls one of `wanted`."""
    codes = [function.__code__ for function in _functions(made).values()]
    if name in vars(made) and not any(_mentions(code, wanted) for code in codes):
        log.warning("%s", mistake.sentence(place=defined_at(vars(made)[name])))


def check_delimiter(made: type) -> None:
    """Raise TypeError if the delimiter of a LineReceiver is text."""
    delimiter = getattr(made, "delimiter", b"")
    if isinstance(delimiter, str):
        raise TypeError(Mistake.DELIMITER_TEXT.sentence(owner=name_of(made), got=repr(delimiter)))


def _mentions(code: CodeType, names: set[str]) -> bool:
    inner = [const for const in code.co_consts if isinstance(const, CodeType)]
    return not names.isdisjoint(code.co_names) or any(_mentions(each, names) for each in inner)


def no_handler(owner: object, handler: str, data: bytes, arguments: str = "data") -> dict[str, object]:
    """The facts for NO_HANDLER."""
    made = type(owner)
    facts = {"place": defined_at(made), "owner": name_of(made), "handler": handler, "arguments": arguments}
    return {**facts, "count": len(data)}


def warn_of_result(log: logging.Logger, handler: object, result: object) -> None:
    """Warn that `handler` returned `result`."""
    function = getattr(handler, "__func__", handler)
    place, shown = defined_at(function), short_repr(result)
    warn_once(log, function, Mistake.RESULT_IGNORED, place=place, result=shown)


# --- calls


def check_ran(log: logging.Logger, result: object) -> None:
    """Warn if `result` of a call is a coroutine or a generator: then the body of the function did not run."""
    if isinstance(result, CoroutineType | GeneratorType):
        code = result.cr_code if isinstance(result, CoroutineType) else result.gi_code
        result.close()
        place = place_of(code, code.co_firstlineno)
        warn_once(log, code, Mistake.NEVER_RAN, place=place, name=code.co_name)


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


def not_a_deferred(awaited: object) -> TypeError:
    """The error for a coroutine that awaits another thing than a Deferred."""
    return TypeError(Mistake.NOT_A_DEFERRED.sentence(got=repr(awaited)))


def check_awaitable(main: object, got: object) -> None:
    """Raise TypeError unless `main` returned a coroutine or a Deferred."""
    if not isinstance(got, Awaitable):
        facts = {"place": defined_at(main), "owner": name_of(main), "got": repr(got)}
        raise TypeError(Mistake.NOTHING_TO_AWAIT.sentence(**facts))


def check_seconds(name: str, seconds: float) -> None:
    """Raise TypeError for anything but a number, ValueError for a negative one and NaN."""
    try:
        is_valid = seconds >= 0
    except TypeError:
        raise TypeError(Mistake.NOT_SECONDS.sentence(name=name, got=short_repr(seconds))) from None
    if not is_valid:
        raise ValueError(f"a delay is a number of seconds from 0 up, not {seconds!r}")


def check_host(name: str, host: object) -> None:
    """Raise TypeError for anything but text."""
    if not isinstance(host, str):
        raise TypeError(Mistake.NOT_A_HOST.sentence(name=name, got=repr(host)))


def check_port(name: str, port: object) -> None:
    """Raise TypeError for anything but a whole number, ValueError for one out of range."""
    error = TypeError if not isinstance(port, int) or isinstance(port, bool) else ValueError
    if error is TypeError or port not in range(65536):
        raise error(Mistake.NOT_A_PORT.sentence(name=name, got=repr(port)))


def check_no_class(name: str, got: object) -> None:
    """Raise TypeError for a class, where an object is needed."""
    if isinstance(got, type):
        raise TypeError(Mistake.CLASS_FOR_OBJECT.sentence(name=name, got=name_of(got)))


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
