"""Text 2, the quote of the day server with its own factory, on an endpoint."""

from core import Address, Factory, Reactor
from core.endpoints import StreamEndpoint
from tests.texts.qotd import QOTD


class QOTDFactory(Factory):
    def build_protocol(self, address: Address) -> QOTD:
        return QOTD()


def main(reactor: Reactor, endpoint: StreamEndpoint) -> Address:
    return endpoint.listen(reactor, QOTDFactory()).host
