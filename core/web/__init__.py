<<<<<<< HEAD
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
=======
"""A web server and its pages on h11. Import the names from here.

a server        Site, HTTPChannel, Request
a page          Resource, NOT_DONE_YET, CACHED, UnsupportedMethod, get_child_for_request
pages to use    Data, Redirect, ErrorPage, NoResource, ForbiddenResource
the details     Headers, datetime_to_string, string_to_datetime
"""

from core.web.channel import HTTPChannel
from core.web.dates import datetime_to_string, string_to_datetime
>>>>>>> main
from core.web.headers import Headers
from core.web.pages import Data, Redirect
from core.web.rendering import CACHED, NOT_DONE_YET, RenderResult, UnsupportedMethod
from core.web.request import Request
from core.web.resources import ErrorPage, ForbiddenResource, NoResource, Resource, get_child_for_request
from core.web.server import Site

<<<<<<< HEAD
__all__ = ["Headers"]
# the client
__all__ += ["Agent", "RedirectAgent", "BrowserLikeRedirectAgent", "CookieAgent", "ContentDecoderAgent"]
__all__ += ["GzipDecoder", "HTTPConnectionPool", "BodyProducer", "StringProducer", "FileBodyProducer"]
__all__ += ["AsyncBodyProducer", "UNKNOWN_LENGTH", "Response", "read_body", "ResponseDone"]
__all__ += ["ResponseFailed", "PotentialDataLoss", "SchemeNotSupported"]
=======
__all__ = ["Site", "HTTPChannel", "Request"]
__all__ += [
    "Resource",
    "NOT_DONE_YET",
    "CACHED",
    "RenderResult",
    "UnsupportedMethod",
    "get_child_for_request",
]
__all__ += ["Data", "Redirect", "ErrorPage", "NoResource", "ForbiddenResource"]
__all__ += ["Headers", "datetime_to_string", "string_to_datetime"]
>>>>>>> main
