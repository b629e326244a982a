"""A web server and its pages on h11: Site, Resource, Request, and the headers that the client shares."""

from core.web.headers import Headers

__all__ = ["Headers"]
