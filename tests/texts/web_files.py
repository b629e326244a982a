"""Text 2, the server: a site of static files."""

from core import Address, Reactor
from core.web import File, Site


def main(reactor: Reactor, directory: str, port: int = 8888) -> Address:
    return reactor.listen_tcp(port, Site(File(directory))).host
