"""Hints: notes on an exception that say which mistake has raised it, and what to do instead."""

import logging
import re
from traceback import walk_tb
from types import FrameType

from core.mistakes.table import CORE, Mistake, name_of, snake_case

OTHER_NAMES = {
    **dict.fromkeys(("send", "sendall", "sendto"), "write"),
    "writelines": "write_sequence",
    "close": "lose_connection",
    "shutdown": "lose_write_connection",
    "abort": "abort_connection",
    "getpeername": "peer",
    "getsockname": "host",
}
"""The names that sockets and asyncio have for methods of a transport."""

PARTS = ("transport", "factory")
"""The attributes of a protocol whose own methods are looked for on the protocol by mistake."""

TEXT = re.compile(r"\b(str|string)\b")


def log_failure(log: logging.Logger, error: Exception, text: str, *args: object) -> None:
    """Log `text % args` at ERROR, with the traceback of `error` and its hint."""
    add_hint(error)
    log.error(text, *args, exc_info=error)


def add_hint(error: Exception) -> None:
    """Add a note to `error` if it comes from a mistake that is known. A second call adds nothing."""
    hint = hint_for(error)
    if hint and hint not in getattr(error, "__notes__", ()):
        error.add_note(hint)


def hint_for(error: Exception) -> str:
    """The sentence about the mistake that has raised `error`, or ""."""
    if isinstance(error, AttributeError) and error.name:
        return _about_attribute(error.obj, error.name, _raised_in(error))
    if isinstance(error, TypeError):
        return _about_types(str(error), _raised_in(error))
    if isinstance(error, RuntimeError) and str(error) == "no running event loop":
        return Mistake.NOT_A_DEFERRED.sentence(got="the code of asyncio")
    return ""


def _raised_in(error: Exception) -> FrameType | None:
    """The innermost call of the traceback."""
    frames = [frame for frame, _ in walk_tb(error.__traceback__)]
    return frames[-1] if frames else None


def _is_protocol(thing: object) -> bool:
    return hasattr(type(thing), "make_connection")


def _about_attribute(owner: object, wrong: str, frame: FrameType | None) -> str:
    handler_of = frame and frame.f_locals.get("self")
    if owner is None and _is_protocol(handler_of) and getattr(handler_of, "transport", None) is None:
        return Mistake.TOO_EARLY.sentence()
    if _is_protocol(owner) and wrong in PARTS:
        mistake = Mistake.TOO_EARLY if getattr(owner, "transport", None) is None else Mistake.NO_FACTORY
        return mistake.sentence(owner=name_of(owner))
    if right := _right_name(owner, wrong):
        return Mistake.OTHER_NAME.sentence(owner=name_of(owner), wrong=wrong, right=right)
    return ""


def _right_name(owner: object, wrong: str) -> str:
    """The name to use for `owner.wrong`: of the owner, its transport or its factory. "" if there is none."""
    snake = snake_case(wrong)
    names = [snake, snake.removeprefix("get_"), OTHER_NAMES.get(wrong, snake)]
    for name in names:
        if name != wrong and name in dir(owner):
            return name
    for part in PARTS if _is_protocol(owner) else ():
        for name in names:
            if name in dir(getattr(owner, part, None)):
                return f"{part}.{name}"
    return ""


def _about_types(text: str, frame: FrameType | None) -> str:
    """The sentence about a TypeError with this `text`."""
    if frame is None or not frame.f_code.co_filename.startswith(CORE):
        return Mistake.TEXT_AND_BYTES.sentence() if "bytes" in text and TEXT.search(text) else ""
    if frame.f_code.co_qualname == "Factory.build_protocol" and "argument" in text:
        return Mistake.PROTOCOL_ARGUMENTS.sentence(owner=name_of(frame.f_locals["self"]))
    return ""
