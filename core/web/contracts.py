"""The parts of a site, a page and a channel that a request uses. R is the class of the request."""

from enum import Enum
from typing import Protocol as Shape
from typing import TypeVar

from core.interfaces import Address, PushProducer, Transport
from core.web.answers import Refusal
from core.web.rendering import ContentFile, Encoder, RenderResult

R = TypeVar("R", contravariant=True)


class Page(Shape[R]):
    """The part of a Resource that a request uses."""

    def render(self, request: R) -> RenderResult: ...

    def get_encoder(self, request: R) -> Encoder | None: ...


class AbstractSite(Shape[R]):
    """The part of a Site that a request uses."""

    @property
    def resource(self) -> "Page[R]": ...

    def get_resource_for(self, request: R) -> "Page[R]": ...

    def open_content(self, request: R) -> ContentFile | None: ...

    def log(self, request: R) -> None: ...

    def log_refusal(self, peer: Address, refusal: Refusal) -> None: ...


class Channel(Shape[R]):
    """The part of an HTTPChannel that a request uses."""

    transport: Transport

    @property
    def site(self) -> AbstractSite[R] | None: ...

    def is_secure(self) -> bool: ...

    def request_done(self, request: R) -> None: ...

    def register_producer(self, producer: PushProducer, streaming: bool) -> None: ...

    def unregister_producer(self) -> None: ...


class AnswerState(Enum):
    """The state of an answer.

    from      to        when
    UNSENT    STARTED   the head is sent: by the first write(), or by finish()
    STARTED   FINISHED  finish()
    UNSENT    LOST      the connection was lost
    STARTED   LOST      the connection was lost, or the rest of the answer cannot be sent
    """

    UNSENT = "unsent"
    STARTED = "started"
    FINISHED = "finished"
    LOST = "lost"
