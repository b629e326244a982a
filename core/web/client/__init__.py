"""The web client: agents that send requests, producers of their bodies, and what goes wrong.

await                  Agent(reactor).request(method, uri, headers, body_producer) → Response
wrap the agent         RedirectAgent, BrowserLikeRedirectAgent, CookieAgent, ContentDecoderAgent
keep connections       Agent(reactor, pool=HTTPConnectionPool(reactor))
send a body            StringProducer, FileBodyProducer, AsyncBodyProducer
read the answer        Response.deliver_body(protocol), read_body(response)
"""

from core.web.client.agent import AbstractAgent, Agent
from core.web.client.connection import HTTP11ClientProtocol
from core.web.client.cookies import CookieAgent
from core.web.client.decoding import ContentDecoderAgent, GzipDecoder
from core.web.client.errors import (
    UNKNOWN_LENGTH,
    BadHeaders,
    DataLoss,
    ExcessWrite,
    InfiniteRedirection,
    PageRedirect,
    ParseError,
    PartialDownloadError,
    PotentialDataLoss,
    RedirectWithNoLocation,
    RequestGenerationFailed,
    RequestNotSent,
    RequestTransmissionFailed,
    ResponseDone,
    ResponseFailed,
    ResponseNeverReceived,
    SchemeNotSupported,
    WrongBodyLength,
)
from core.web.client.pool import HTTPConnectionPool
from core.web.client.producers import AsyncBodyProducer, BodyProducer, FileBodyProducer, StringProducer
from core.web.client.redirects import BrowserLikeRedirectAgent, RedirectAgent
from core.web.client.response import Response, read_body
from core.web.client.uri import URI

__all__ = ["Agent", "AbstractAgent", "HTTPConnectionPool", "HTTP11ClientProtocol", "URI"]
__all__ += ["RedirectAgent", "BrowserLikeRedirectAgent", "CookieAgent", "ContentDecoderAgent", "GzipDecoder"]
__all__ += ["BodyProducer", "StringProducer", "FileBodyProducer", "AsyncBodyProducer", "UNKNOWN_LENGTH"]
__all__ += ["Response", "read_body"]
__all__ += ["ResponseDone", "PotentialDataLoss", "ResponseFailed", "ResponseNeverReceived", "DataLoss"]
__all__ += ["ParseError", "PartialDownloadError", "RequestNotSent", "RequestGenerationFailed"]
__all__ += ["RequestTransmissionFailed", "BadHeaders", "ExcessWrite", "WrongBodyLength", "SchemeNotSupported"]
__all__ += ["PageRedirect", "InfiniteRedirection", "RedirectWithNoLocation"]
