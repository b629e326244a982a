"""Text 2, the server: static URL dispatch, with a directory for each of three names."""

from core import Address, Reactor
from core.web import File, Resource, Site


def main(reactor: Reactor, foo: str, bar: str, baz: str, port: int = 8880) -> Address:
    root = Resource()
    root.put_child(b"foo", File(foo))
    root.put_child(b"bar", File(bar))
    root.put_child(b"baz", File(baz))
    return reactor.listen_tcp(port, Site(root)).host
