"""Text 2, the server: dynamic URL dispatch, with a page for each year."""

from calendar import calendar

from core import Address, Reactor
from core.web import Request, Resource, Site


class YearPage(Resource):
    def __init__(self, year: int) -> None:
        self.year = year

    def render_GET(self, request: Request) -> bytes:
        return f"<html><body><pre>{calendar(self.year)}</pre></body></html>".encode()


class Calendar(Resource):
    def get_child(self, path: bytes, request: Request) -> Resource:
        return YearPage(int(path))


def main(reactor: Reactor, port: int = 8880) -> Address:
    return reactor.listen_tcp(port, Site(Calendar())).host
