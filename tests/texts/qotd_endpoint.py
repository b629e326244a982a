"""Text 2, the quote behind a factory of one's own and an endpoint."""

from core import Address, Factory, Reactor
from core.endpoints import StreamEndpoint
from tests.texts.qotd import QOTD


class QOTDFactory(Factory):
    def build_protocol(self, address: Address) -> QOTD:
        return QOTD()


def main(reactor: Reactor, endpoint: StreamEndpoint) -> Address:
    return endpoint.listen(reactor, QOTDFactory()).host
