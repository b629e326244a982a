"""ContentDecoderAgent: asks for bodies in an encoding such as gzip, and decodes them (RFC 9110, 8.4)."""

import zlib
from collections.abc import Callable, Iterator, Sequence

from core.deferred import Deferred
from core.web.client.agent import AbstractAgent
from core.web.client.errors import DataLoss
from core.web.client.producers import BodyProducer
from core.web.client.response import Response
from core.web.headers import Headers

GZIP = 16 + zlib.MAX_WBITS
PIECE = 65536
"""The most bytes that are decoded at a time. A small gzip can contain a thousand times its size."""

Decoder = Callable[[Response], Response]


class ContentDecoderAgent(AbstractAgent):
    """Asks for the encodings in `decoders`, pairs of a name and a function that wraps a response:

    ContentDecoderAgent(Agent(reactor), [(b"gzip", GzipDecoder)])
    """

    def __init__(self, agent: AbstractAgent, decoders: Sequence[tuple[bytes, Decoder]]) -> None:
        self._agent = agent
        self._decoders = dict(decoders)
        self._accepted = b",".join([name for name, _ in decoders])

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        body_producer: BodyProducer | None = None,
    ) -> Deferred[Response]:
        headers = Headers() if headers is None else headers.copy()
        headers.add_raw_header(b"Accept-Encoding", self._accepted)
        return self._agent.request(method, uri, headers, body_producer).add_callback(self._decode)

    def _decode(self, response: Response) -> Response:
        """Undo the encodings, the last one first, as far as they are known."""
        fields = b",".join(response.headers.get_raw_headers(b"Content-Encoding", []))
        names = [name.strip() for name in fields.split(b",") if name.strip()]
        while names and (decoder := self._decoders.get(names[-1].lower())) is not None:
            names.pop()
            response = decoder(response)
        if names:
            response.headers.set_raw_headers(b"Content-Encoding", [b",".join(names)])
        else:
            response.headers.remove_header(b"Content-Encoding")
        return response


def GzipDecoder(response: Response) -> Response:  # noqa: N802 - the name of Twisted's class
    """Unpack the body of `response`. A damaged or incomplete body fails with ResponseFailed."""
    response.add_decoder(_unpacked)
    return response


def _unpacked(packed: Iterator[bytes]) -> Iterator[bytes]:
    """Unpack gzip (RFC 1952), which may have several members. Raises DataLoss."""
    unpack, is_complete = zlib.decompressobj(GZIP), True
    for data in packed:
        if not data:
            yield data  # nothing more has arrived yet
        while data:
            try:
                piece = unpack.decompress(data, PIECE)
            except zlib.error as error:
                raise DataLoss(f"the gzip data is damaged: {error}") from None
            is_complete, data = unpack.eof, unpack.unconsumed_tail
            if is_complete:
                data, unpack = unpack.unused_data, zlib.decompressobj(GZIP)
            if piece:
                yield piece
    if not is_complete:
        raise DataLoss("the gzip data ends early")
