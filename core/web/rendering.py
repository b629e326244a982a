"""The results and the error of a page; the contracts of an encoder, and of a file for a body."""

from collections.abc import Coroutine, Sequence
from enum import Enum
from typing import Protocol as Shape
from typing import TypeAlias

from core.deferred import Deferred


class NotDoneYet(Enum):
    """The type of NOT_DONE_YET."""

    NOT_DONE_YET = 1


class Cached(Enum):
    """The type of CACHED."""

    CACHED = 1


NOT_DONE_YET = NotDoneYet.NOT_DONE_YET
"""Returned by a page that answers later, with `request.write` and `request.finish`."""

CACHED = Cached.CACHED
"""Returned by `set_etag` and `set_last_modified`: the code is set, and the body is not to be sent."""

Rendered: TypeAlias = bytes | NotDoneYet
RenderResult: TypeAlias = (
    Rendered
    | Coroutine[object, object, Rendered]
    | Deferred[bytes]
    | Deferred[NotDoneYet]
    | Deferred[Rendered]
)
"""The types that `render` can return: the body, NOT_DONE_YET, or a coroutine or Deferred of one of them."""


class UnsupportedMethod(Exception):
    """A page does not have this method. `allowed_methods` lists those that it has, in bytes."""

    def __init__(self, allowed_methods: Sequence[bytes]) -> None:
        super().__init__(allowed_methods)
        self.allowed_methods = allowed_methods


class Encoder(Shape):
    """Encodes the body of an answer, piece by piece."""

    def encode(self, data: bytes) -> bytes: ...

    def finish(self) -> bytes: ...


class ContentFile(Shape):
    """The file that the body of a request is written to."""

    def write(self, data: bytes, /) -> object: ...

    def read(self, size: int = -1, /) -> bytes: ...

    def seek(self, offset: int, /) -> int: ...

    def close(self) -> None: ...
