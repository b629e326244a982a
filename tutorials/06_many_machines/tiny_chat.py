"""The smallest chat on a cluster: a line that is typed goes into a stream, and each line of it is printed."""

import argparse
import sys
from secrets import token_hex

from core import Deferred, LineReceiver, Reactor, StandardIO, succeed
from core.formats.nats import parse_servers
from core.protocols.jetstream import JetStream, OrderedConsumer, StreamMessage
from core.protocols.nats import NatsClient

CLUSTER = "nats://127.0.0.1:4222,nats://127.0.0.1:4223,nats://127.0.0.1:4224"


class Typist(LineReceiver):
    """Stores each line that is typed. The next one waits until this one is acknowledged."""

    delimiter = b"\n"

    def __init__(self, jetstream: JetStream) -> None:
        self.jetstream = jetstream
        self.stored: Deferred[object] = succeed(None)

    def line_received(self, line: bytes) -> None:
        self.stored.add_callback(lambda _: self.jetstream.publish("lines", line, token_hex(8)))


def show(line: StreamMessage) -> None:
    print(f"{line.sequence}: {line.message.payload.decode(errors='replace')}", flush=True)


async def talk(reactor: Reactor, urls: str) -> None:
    client = NatsClient(reactor, parse_servers(urls))
    await client.connect()
    jetstream = JetStream(client)
    await OrderedConsumer(jetstream, "LINES", show).start()
    StandardIO(Typist(jetstream), reactor)


def main() -> None:
    """Talk until Ctrl-C. Exit 1 if no server of the cluster answers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("urls", nargs="?", default=CLUSTER, help="where the nodes are")
    urls, errors, reactor = parser.parse_args().urls, list[Exception](), Reactor()

    def fail(error: Exception) -> None:
        errors.append(error)
        reactor.stop()

    Deferred.from_coroutine(talk(reactor, urls)).add_errback(fail)
    reactor.run()
    if errors:
        sys.exit(str(errors[0]))


if __name__ == "__main__":
    main()
