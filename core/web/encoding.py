"""Compressed answers: a wrapper around a page, and gzip.

Do not compress a page that contains both a secret and text from the client, over TLS: the size of the answer
then tells about the secret (the attacks CRIME and BREACH).
"""

import re
import zlib
from collections.abc import Sequence
from typing import Protocol as Shape

from core.web.headers import Headers
from core.web.rendering import ContentFile, Encoder, RenderResult
from core.web.request import Request
from core.web.resources import Resource

ACCEPTED = re.compile(rb"([^\s;,]+)\s*(?:;\s*q\s*=\s*([0-9.]+)\s*)?")


class EncoderFactory(Shape):
    """Makes an encoder for an answer, if the client accepts this encoding."""

    def encoder_for_request(self, request: Request) -> Encoder | None: ...


class EncodingResourceWrapper(Resource):
    """The page `original`, encoded with the first of `encoders` that the client accepts.

    Only this page is encoded. Pages below it are wrapped one by one.
    """

    def __init__(self, original: Resource, encoders: Sequence[EncoderFactory]) -> None:
        self.original = original
        self.encoders = encoders
        self.is_leaf = original.is_leaf
        self.children = original.children

    def get_child_with_default(self, path: bytes, request: Request) -> Resource:
        return self.original.get_child_with_default(path, request)

    def render(self, request: Request) -> RenderResult:
        return self.original.render(request)

    def open_content(self, request: Request) -> ContentFile | None:
        return self.original.open_content(request)

    def get_encoder(self, request: Request) -> Encoder | None:
        made = (factory.encoder_for_request(request) for factory in self.encoders)
        return next((encoder for encoder in made if encoder is not None), None)


class GzipEncoderFactory:
    """Compresses answers with gzip for clients that accept it."""

    compress_level = 9
    """From 1, fast, to 9, small."""

    def encoder_for_request(self, request: Request) -> Encoder | None:
        """A gzip encoder for the answer to `request`, with the headers that announce it, or None."""
        headers = request.response_headers
        add_vary(headers)
        if not accepts_gzip(request.request_headers):
            return None
        headers.add_raw_header(b"Content-Encoding", b"gzip")
        headers.remove_header(b"Content-Length")
        tag = headers.get_raw_headers(b"ETag", [b""])[0]
        if tag.startswith(b'"'):
            headers.set_raw_headers(b"ETag", [b"W/" + tag])  # other bytes, the same content
        return GzipEncoder(self.compress_level)


class GzipEncoder:
    """Compresses one body."""

    def __init__(self, level: int) -> None:
        self._compressor = zlib.compressobj(level, zlib.DEFLATED, 16 + zlib.MAX_WBITS)

    def encode(self, data: bytes) -> bytes:
        """Compress a piece. The returned bytes may belong to earlier pieces."""
        return self._compressor.compress(data)

    def finish(self) -> bytes:
        """The rest, after the last piece."""
        return self._compressor.flush()


def accepts_gzip(headers: Headers) -> bool:
    """Whether the client accepts gzip (RFC 9110, 12.5.3)."""
    accepted = b",".join(headers.get_raw_headers(b"Accept-Encoding", []))
    weights: dict[bytes, bytes] = {name.lower(): weight for name, weight in ACCEPTED.findall(accepted)}
    weight = weights.get(b"gzip", weights.get(b"x-gzip", weights.get(b"*", b"0")))
    return weight.strip(b"0.") != b"" or weight == b""


def add_vary(headers: Headers) -> None:
    """Say that the answer depends on Accept-Encoding."""
    values = b",".join(headers.get_raw_headers(b"Vary", []))
    if b"accept-encoding" not in values.lower():
        headers.add_raw_header(b"Vary", b"Accept-Encoding")
