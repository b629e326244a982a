"""A web server and its pages on h11: Site, Resource, Request, and the headers that the client shares.

The web client is in `core.web.client`; the names of it that most programs need are here, too.
"""

from core.web.client import (
    UNKNOWN_LENGTH,
    Agent,
    AsyncBodyProducer,
    BodyProducer,
    BrowserLikeRedirectAgent,
    ContentDecoderAgent,
    CookieAgent,
    FileBodyProducer,
    GzipDecoder,
    HTTPConnectionPool,
    PotentialDataLoss,
    RedirectAgent,
    Response,
    ResponseDone,
    ResponseFailed,
    SchemeNotSupported,
    StringProducer,
    read_body,
)
from core.web.headers import Headers

__all__ = ["Headers"]
# the client
__all__ += ["Agent", "RedirectAgent", "BrowserLikeRedirectAgent", "CookieAgent", "ContentDecoderAgent"]
__all__ += ["GzipDecoder", "HTTPConnectionPool", "BodyProducer", "StringProducer", "FileBodyProducer"]
__all__ += ["AsyncBodyProducer", "UNKNOWN_LENGTH", "Response", "read_body", "ResponseDone"]
__all__ += ["ResponseFailed", "PotentialDataLoss", "SchemeNotSupported"]
