"""A web server and its pages on h11. Import the names from here.

a server        Site, HTTPChannel, Request
a page          Resource, NOT_DONE_YET, CACHED, UnsupportedMethod, get_child_for_request;
                the types RenderResult and ContentFile
pages to use    File, EncodingResourceWrapper with GzipEncoderFactory, Data, Redirect,
                ErrorPage, NoResource, ForbiddenResource
the client      Agent, read_body and the names beside them; all of its names are in core.web.client
the details     Headers, datetime_to_string, string_to_datetime
"""

from core.web.channel import HTTPChannel
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
from core.web.dates import datetime_to_string, string_to_datetime
from core.web.encoding import EncodingResourceWrapper, GzipEncoderFactory
from core.web.headers import Headers
from core.web.pages import Data, Redirect
from core.web.rendering import CACHED, NOT_DONE_YET, ContentFile, RenderResult, UnsupportedMethod
from core.web.request import Request
from core.web.resources import ErrorPage, ForbiddenResource, NoResource, Resource, get_child_for_request
from core.web.server import Site
from core.web.static import File

__all__ = ["Site", "HTTPChannel", "Request"]
__all__ += [
    "Resource",
    "NOT_DONE_YET",
    "CACHED",
    "RenderResult",
    "ContentFile",
    "UnsupportedMethod",
    "get_child_for_request",
]
__all__ += [
    "File",
    "EncodingResourceWrapper",
    "GzipEncoderFactory",
    "Data",
    "Redirect",
    "ErrorPage",
    "NoResource",
    "ForbiddenResource",
]
__all__ += ["Headers", "datetime_to_string", "string_to_datetime"]
__all__ += ["Agent", "RedirectAgent", "BrowserLikeRedirectAgent", "CookieAgent", "ContentDecoderAgent"]
__all__ += ["GzipDecoder", "HTTPConnectionPool", "BodyProducer", "StringProducer", "FileBodyProducer"]
__all__ += ["AsyncBodyProducer", "UNKNOWN_LENGTH", "Response", "read_body", "ResponseDone"]
__all__ += ["ResponseFailed", "PotentialDataLoss", "SchemeNotSupported"]
