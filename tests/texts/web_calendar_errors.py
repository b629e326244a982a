"""Text 2, the server: as web_calendar, and a path that names no year is not found."""

from calendar import calendar

from core import Address, Reactor
from core.web import NoResource, Request, Resource, Site


class YearPage(Resource):
    def __init__(self, year: int) -> None:
        self.year = year

    def render_GET(self, request: Request) -> bytes:
        return f"<html><body><pre>{calendar(self.year)}</pre></body></html>".encode()


class Calendar(Resource):
    def get_child(self, path: bytes, request: Request) -> Resource:
        try:
            return YearPage(int(path))
        except ValueError:
            return NoResource()


def main(reactor: Reactor, port: int = 8880) -> Address:
    return reactor.listen_tcp(port, Site(Calendar())).host
