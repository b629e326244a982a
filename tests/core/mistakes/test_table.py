"""Each mistake is made in a file of its own. The sentence that follows has its place and the remedy."""

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from core.mistakes.table import Mistake
from tests.running import GUARD, ROOT

BEGINNING = "from core import *\nfrom tests.core.exchange import exchange, talk\n"


def said_by(program: str, tmp_path: Path, *flags: str) -> str:
    """The stderr of the learner's program, when it has ended."""
    path = tmp_path / "learner.py"
    path.write_text(BEGINNING + dedent(program), encoding="utf-8")
    result = subprocess.run(
        [sys.executable, *flags, path.name],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=GUARD,
    )
    return result.stderr


# Each: the mistake, the program (its first line is line 3 of learner.py), and what the sentence must contain.
MADE: list[tuple[Mistake, str, str]] = [
    (
        Mistake.MISSPELT_HANDLER,
        """\
        class Shout(Protocol):
            def data_recieved(self, data):
                self.transport.write(data.upper())
        """,
        "learner.py:4, Shout.data_recieved: this method is never called. Rename it to data_received.",
    ),
    (
        Mistake.MISSPELT_HANDLER,
        """\
        class Shout(LineReceiver):
            def lineReceived(self, line):
                self.send_line(line)
        """,
        "learner.py:4, Shout.lineReceived: this method is never called. Rename it to line_received.",
    ),
    (
        Mistake.MISSPELT_HANDLER,
        """\
        class Shout(LineReceiver):
            def line_received(self, line):
                pass

            def lineReceived(self, line):
                self.send_line(line)
        """,
        "learner.py:7, Shout.lineReceived: this method is never called. "
        "Rename it to line_received, or delete it: the class has a line_received too.",
    ),
    (
        Mistake.MISSPELT_HANDLER,
        """\
        class ShoutFactory(Factory):
            def buildProtocol(self, address):
                return Protocol()
        """,
        "learner.py:4, ShoutFactory.buildProtocol: this method is never called. Rename it to build_protocol.",
    ),
    (
        Mistake.MISSPELT_HANDLER,
        """\
        class Pong(DatagramProtocol):
            def datagram_recieved(self, data, address):
                self.transport.write(data, address)
        """,
        "learner.py:4, Pong.datagram_recieved: this method is never called. Rename it to datagram_received.",
    ),
    (
        Mistake.NO_HANDLER,
        """\
        class Mute(Protocol):
            pass

        exchange(Factory.for_protocol(Mute), b"hello")
        """,
        "5 bytes came, and Mute has no data_received.",
    ),
    (
        Mistake.NO_HANDLER,
        """\
        class Mute(LineReceiver):
            pass

        exchange(Factory.for_protocol(Mute), b"hello\\r\\n")
        """,
        "5 bytes came, and Mute has no line_received.",
    ),
    (
        Mistake.LINES_NOT_CUT,
        """\
        class Shout(LineReceiver):
            def data_received(self, data):
                print(data)

            def line_received(self, line):
                self.send_line(line)
        """,
        "learner.py:4, Shout.data_received: this method replaces the one that parses lines.",
    ),
    (
        Mistake.COROUTINE_HANDLER,
        """\
        class Shout(Protocol):
            async def data_received(self, data):
                self.transport.write(data)
        """,
        "learner.py:4, Shout.data_received: this handler is a coroutine function.",
    ),
    (
        Mistake.GENERATOR_HANDLER,
        """\
        class Shout(Protocol):
            def data_received(self, data):
                yield data
        """,
        "learner.py:4, Shout.data_received: this handler contains yield.",
    ),
    (
        Mistake.RESULT_IGNORED,
        """\
        class Shout(Protocol):
            def data_received(self, data):
                return data.upper()

        exchange(Factory.for_protocol(Shout), b"hello")
        """,
        "learner.py:4, Shout.data_received: this handler returned b'HELLO'. The result is ignored.",
    ),
    (
        Mistake.RESULT_IGNORED,
        """\
        class Shout(LineReceiver):
            def line_received(self, line):
                return line.upper()

        exchange(Factory.for_protocol(Shout), b"hello\\n")
        """,
        "learner.py:4, Shout.line_received: this handler returned b'HELLO'.",
    ),
    (
        Mistake.NO_PROTOCOL_BUILT,
        """\
        class ShoutFactory(Factory):
            def build_protocol(self, address):
                Protocol().factory = self

        exchange(ShoutFactory(), b"hello")
        """,
        "learner.py:4, ShoutFactory.build_protocol: the connection with tcp:127.0.0.1:",
    ),
    (
        Mistake.WRONG_THREAD,
        """\
        import threading

        def work():
            reactor.call_later(1, print)

        reactor = Reactor()
        reactor.call_when_running(threading.Thread(target=work).start)
        reactor.call_later(0.3, reactor.stop)
        reactor.run()
        """,
        "RuntimeError: call_later was called in a thread that is not the reactor's. "
        "Call reactor.call_from_thread(call_later, ...) instead.",
    ),
    (
        Mistake.BLOCKED,
        """\
        import time

        class Slow(Protocol):
            def data_received(self, data):
                time.sleep(2)

        exchange(Factory.for_protocol(Slow), b"hello")
        """,
        "learner.py:7, Slow.data_received",
    ),
    (
        Mistake.CANNOT_CONNECT,
        """\
        import socket

        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        reactor = Reactor()

        class Once(ClientFactory):
            protocol = Protocol

            def client_connection_failed(self, connector, reason):
                super().client_connection_failed(connector, reason)
                reactor.stop()

        reactor.connect_tcp("127.0.0.1", port, Once())
        reactor.run()
        """,
        "cannot connect to tcp:127.0.0.1:",
    ),
    (
        Mistake.TRYING_AGAIN,
        """\
        import socket

        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        reactor = Reactor()

        class Again(ReconnectingClientFactory):
            protocol = Protocol

            def __init__(self):
                pass  # super().__init__() is forgotten, and that is no mistake

            def retry(self, connector):
                super().retry(connector)
                reactor.stop()

        reactor.connect_tcp("127.0.0.1", port, Again())
        reactor.run()
        """,
        "; trying again in 1.0 s.",
    ),
    (
        Mistake.WRITE_AFTER_CLOSE,
        """\
        class Shout(Protocol):
            def data_received(self, data):
                self.transport.lose_connection()
                self.transport.write(data)

        exchange(Factory.for_protocol(Shout), b"hello")
        """,
        "learner.py:6, Shout.data_received: 5 bytes were written after lose_connection().",
    ),
    (
        Mistake.ANSWER_AFTER_END,
        """\
        class Later(Protocol):
            def data_received(self, data):
                self.factory.reactor.call_later(0.05, self.answer, data)

            def answer(self, data):
                self.transport.write(data)
                self.factory.reactor.stop()

        import threading
        reactor = Reactor()
        factory = Factory.for_protocol(Later)
        factory.reactor = reactor
        port = reactor.listen_tcp(0, factory)
        threading.Thread(target=talk, args=(port, b"hello")).start()
        reactor.run()
        """,
        "learner.py:8, Later.answer: 5 bytes were written after the peer's end of stream.",
    ),
    (
        Mistake.LINE_HAS_ITS_END,
        """\
        class Shout(LineReceiver):
            def line_received(self, line):
                self.send_line(line + b"\\r\\n")

        exchange(Factory.for_protocol(Shout), b"hello\\n")
        """,
        "learner.py:5, Shout.line_received: this line ends with a line end",
    ),
    (
        Mistake.TEXT_FOR_BYTES,
        "from core.testing import StringTransport\nStringTransport().write('x')\n",
        ".encode()",
    ),
    (
        Mistake.CLASS_FOR_OBJECT,
        """\
        class ShoutFactory(Factory):
            protocol = Protocol

        Reactor().listen_tcp(0, ShoutFactory)
        """,
        "TypeError: listen_tcp takes an object, and got the class ShoutFactory. Write ShoutFactory().",
    ),
    (
        Mistake.CLASS_FOR_OBJECT,
        "Reactor().listen_udp(0, DatagramProtocol)\n",
        "listen_udp takes an object, and got the class DatagramProtocol. Write DatagramProtocol().",
    ),
    (
        Mistake.PROTOCOL_FOR_FACTORY,
        """\
        class Shout(Protocol):
            pass

        Reactor().listen_tcp(0, Shout)
        """,
        "listen_tcp takes a Factory, and got Shout, a protocol. Write Factory.for_protocol(Shout).",
    ),
    (
        Mistake.WRONG_FACTORY,
        "Reactor().connect_tcp('127.0.0.1', 1, Factory.for_protocol(Protocol))\n",
        "TypeError: connect_tcp takes a ClientFactory",
    ),
    (
        Mistake.NO_TLS_CONTEXT,
        "Reactor().listen_tls(0, Factory.for_protocol(Protocol), 'server.pem')\n",
        "TypeError: listen_tls takes an ssl.SSLContext of a server, and got str. Use server_context(",
    ),
    (
        Mistake.NO_TLS_CONTEXT,
        """\
        import ssl
        context = ssl.create_default_context()
        Reactor().listen_tls(0, Factory.for_protocol(Protocol), context)
        """,
        "TypeError: listen_tls takes an ssl.SSLContext of a server, and got the SSLContext of a client.",
    ),
    (
        Mistake.NO_FACTORY_PROTOCOL,
        """\
        class Empty(Factory):
            pass

        exchange(Empty(), b"hello")
        """,
        "TypeError: Empty has no protocol to make. Set `protocol = YourProtocol` in the class",
    ),
    (
        Mistake.PROTOCOL_INSTANCE,
        """\
        class ShoutFactory(Factory):
            protocol = Protocol()

        Reactor().listen_tcp(0, ShoutFactory())
        """,
        "TypeError: ShoutFactory.protocol is an object, but must be a class.",
    ),
    (
        Mistake.NOT_A_PORT,
        "Reactor().listen_tcp('8000', Factory.for_protocol(Protocol))\n",
        "TypeError: listen_tcp takes a port",
    ),
    (
        Mistake.NOT_A_PORT,
        """\
        class Client(ClientFactory):
            protocol = Protocol

        Reactor().connect_tcp("127.0.0.1", "8000", Client())
        """,
        "TypeError: connect_tcp takes a port from 0 to 65535, and got '8000'.",
    ),
    (
        Mistake.NOT_A_PORT,
        "Reactor().listen_tcp(70000, Factory.for_protocol(Protocol))\n",
        "ValueError: listen_tcp takes a port",
    ),
    (
        Mistake.NOT_A_HOST,
        """\
        class Client(ClientFactory):
            protocol = Protocol

        Reactor().connect_tcp(8000, "127.0.0.1", Client())
        """,
        "TypeError: connect_tcp takes a host name or address as text, and got 8000. Put the host first",
    ),
    (
        Mistake.CALLED_TOO_EARLY,
        "Reactor().call_later(1, print('now'))\n",
        "TypeError: call_later takes a function, and got None.",
    ),
    (
        Mistake.CALLED_TOO_EARLY,
        "Reactor().call_soon(print('now'))\n",
        "TypeError: call_soon takes a function",
    ),
    (
        Mistake.CALLED_TOO_EARLY,
        "Reactor().call_when_running(print('now'))\n",
        "TypeError: call_when_running takes a function",
    ),
    (
        Mistake.CALLED_TOO_EARLY,
        "defer_to_thread(Reactor(), print('now'))\n",
        "TypeError: defer_to_thread takes a function",
    ),
    (
        Mistake.CALLED_TOO_EARLY,
        "Deferred().add_callback(print('now'))\n",
        "TypeError: add_callback takes a function",
    ),
    (
        Mistake.NO_COROUTINE,
        """\
        async def main():
            pass

        Deferred.from_coroutine(main)
        """,
        "TypeError: from_coroutine takes a coroutine, and got",
    ),
    (
        Mistake.NOTHING_TO_AWAIT,
        """\
        def main(reactor):
            print("done")

        react(main)
        """,
        "TypeError: learner.py:3, main: react waits for a coroutine or a Deferred, but main returned None.",
    ),
    (
        Mistake.OTHER_NAME,
        """\
        class Shout(Protocol):
            def data_received(self, data):
                self.transport.loseConnection()

        exchange(Factory.for_protocol(Shout), b"hello")
        """,
        "has no loseConnection. Use lose_connection.",
    ),
    (
        Mistake.NEVER_RUN,
        "Reactor().listen_tcp(0, Factory.for_protocol(Protocol))\n",
        "the program ends with <Port of Factory, listening on tcp:127.0.0.1:",
    ),
    (
        Mistake.UNHANDLED_ERROR,
        """\
        def work():
            raise ValueError("no such word")

        reactor = Reactor()
        reactor.call_when_running(lambda: defer_to_thread(reactor, work) and None)
        reactor.call_later(2, reactor.stop)
        reactor.run()
        """,
        "learner.py:7, <lambda>: the Deferred made here failed, and no errback handles the error",
    ),
    (
        Mistake.MISSPELT_HANDLER,
        """\
        class Patient(ClientFactory):
            def client_conection_failed(self, connector, reason):
                connector.connect()
        """,
        "learner.py:4, Patient.client_conection_failed: this method is never called. "
        "Rename it to client_connection_failed.",
    ),
    (
        Mistake.MISSPELT_HANDLER,
        """\
        class Base(Protocol):
            def data_received(self, data):
                pass

        class Shout(Base):
            def dataReceived(self, data):
                self.transport.write(data.upper())
        """,
        "learner.py:8, Shout.dataReceived: this method is never called. Rename it to data_received.",
    ),
    (
        Mistake.NO_HANDLER,
        """\
        import socket

        class Deaf(DatagramProtocol):
            pass

        reactor = Reactor()
        port = reactor.listen_udp(0, Deaf())
        socket.socket(type=socket.SOCK_DGRAM).sendto(b"hello", (port.host.host, port.host.port))
        reactor.call_later(0.3, reactor.stop)
        reactor.run()
        """,
        "learner.py:5, Deaf: 5 bytes came, and Deaf has no datagram_received. "
        "Write a method datagram_received(self, data, address).",
    ),
    (
        Mistake.RESULT_IGNORED,
        """\
        class Greeter(Protocol):
            def connection_made(self):
                return b"Hello."

            def data_received(self, data):
                pass

        exchange(Factory.for_protocol(Greeter), b"hello")
        """,
        "learner.py:4, Greeter.connection_made: this handler returned b'Hello.'. The result is ignored.",
    ),
    (
        Mistake.NO_PROTOCOL_BUILT,
        """\
        from servers.hosting.limits import LimitedFactory

        class ShoutFactory(Factory):
            def build_protocol(self, address):
                Protocol().factory = self

        exchange(LimitedFactory(ShoutFactory(), 5, 0), b"hello")
        """,
        "learner.py:6, ShoutFactory.build_protocol: the connection with tcp:127.0.0.1:",
    ),
    (
        Mistake.WRONG_THREAD,
        """\
        import threading

        class Slow(Protocol):
            def data_received(self, data):
                threading.Timer(0.1, self.transport.write, [data]).start()

        factory, reactor = Factory.for_protocol(Slow), Reactor()
        port = reactor.listen_tcp(0, factory)
        import socket
        peer = socket.create_connection((port.host.host, port.host.port))
        peer.send(b"hello")
        reactor.call_later(0.4, reactor.stop)
        reactor.run()
        """,
        "RuntimeError: write was called in a thread that is not the reactor's.",
    ),
    (
        Mistake.WRITE_AFTER_CLOSE,
        """\
        class Ticker(Protocol):
            def connection_made(self):
                self.transport.abort_connection()
                self.factory.reactor.call_later(0.1, self.tick)

            def tick(self):
                self.transport.write(b"tick")
                self.factory.reactor.stop()

        import threading
        factory, reactor = Factory.for_protocol(Ticker), Reactor()
        factory.reactor = reactor
        port = reactor.listen_tcp(0, factory)
        threading.Thread(target=talk, args=(port, b"")).start()
        reactor.run()
        """,
        "learner.py:9, Ticker.tick: 4 bytes were written after abort_connection().",
    ),
    (
        Mistake.WRITE_AFTER_CLOSE,
        """\
        class Shout(Protocol):
            def data_received(self, data):
                self.transport.lose_write_connection()
                self.transport.write(data)

        exchange(Factory.for_protocol(Shout), b"hello")
        """,
        "learner.py:6, Shout.data_received: 5 bytes were written after lose_write_connection().",
    ),
    (
        Mistake.OTHER_NAME,
        """\
        class Shout(Protocol):
            def data_received(self, data):
                print(self.transport.getPeer())

        exchange(Factory.for_protocol(Shout), b"hello")
        """,
        "StreamTransport has no getPeer. Use peer.",
    ),
    (
        Mistake.NEVER_RUN,
        """\
        Reactor().connect_tcp("localhost", 1, ClientFactory.for_protocol(Protocol))
        other = Reactor()
        other.call_later(0, other.stop)
        other.run()
        """,
        "the program ends with <Connector of ClientFactory to tcp:localhost:1, connecting>, and run()",
    ),
    (
        Mistake.CANNOT_CONNECT,
        """\
        reactor = Reactor()
        reactor.connect_tcp("no.such.host.invalid", 1, ClientFactory.for_protocol(Protocol))
        reactor.connect_unix("/no/such/path", ClientFactory.for_protocol(Protocol))
        reactor.call_later(2, reactor.stop)
        reactor.run()
        """,
        "cannot connect to unix:/no/such/path: No such file or directory.",
    ),
    (
        Mistake.WRONG_ARGUMENTS,
        """\
        class Shout(Protocol):
            def connection_lost(self):
                print("bye")
        """,
        "learner.py:4, Shout.connection_lost: this handler does not take the arguments that it is called "
        "with. Write def connection_lost(self, reason).",
    ),
    (
        Mistake.WRONG_ARGUMENTS,
        """\
        class Pong(DatagramProtocol):
            def datagram_received(self, data, host, port):
                self.transport.write(data, (host, port))
        """,
        "Write def datagram_received(self, data, address).",
    ),
    (
        Mistake.WRONG_ARGUMENTS,
        """\
        class Base(LineReceiver):
            def line_received(self, line):
                pass

        class Shout(Base):
            def line_received(line):
                pass
        """,
        "learner.py:8, Shout.line_received: this handler does not take the arguments that it is called "
        "with. Write def line_received(self, line).",
    ),
    (
        Mistake.WRONG_ARGUMENTS,
        """\
        class Rooms(Factory):
            def build_protocol(self):
                return Protocol()
        """,
        "Write def build_protocol(self, address).",
    ),
    (
        Mistake.NO_PROTOCOL_BUILT,
        """\
        class Rooms(Factory):
            def build_protocol(self, address):
                return LineReceiver

        exchange(Rooms(), b"hello")
        """,
        "because this method returned the class LineReceiver. Return a protocol.",
    ),
    (
        Mistake.SHARED_PROTOCOL,
        """\
        class Echo(Protocol):
            def data_received(self, data):
                self.transport.write(data)

        class EchoFactory(Factory):
            echo = Echo()

            def build_protocol(self, address):
                return self.echo

        reactor = Reactor()
        port = reactor.listen_tcp(0, EchoFactory())
        for _ in range(2):
            reactor.connect_tcp("127.0.0.1", port.host.port, ClientFactory.for_protocol(Echo))
        reactor.call_later(1, reactor.stop)
        reactor.run()
        """,
        "learner.py:10, EchoFactory.build_protocol: this method returned a protocol that has a connection",
    ),
    (
        Mistake.PROTOCOL_ARGUMENTS,
        """\
        class Greeter(Protocol):
            def __init__(self, greeting):
                self.greeting = greeting

        exchange(Factory.for_protocol(Greeter), b"hello")
        """,
        "Greeter.__init__() missing 1 required positional argument: 'greeting'\n"
        "Factory.protocol cannot be called without arguments.",
    ),
    (
        Mistake.NEVER_RAN,
        """\
        async def remind():
            print("tick")

        reactor = Reactor()
        reactor.call_later(0, remind)
        reactor.call_later(0.1, reactor.stop)
        reactor.run()
        """,
        "learner.py:3, remind: the reactor called this function, and its body did not run. Use a plain def. "
        "For a coroutine, call Deferred.from_coroutine(remind()) in it.",
    ),
    (
        Mistake.NEVER_RAN,
        """\
        def remind():
            yield "tick"

        reactor = Reactor()
        reactor.call_when_running(remind)
        reactor.call_when_running(reactor.stop)
        reactor.run()
        """,
        "learner.py:3, remind: the reactor called this function, and its body did not run.",
    ),
    (
        Mistake.NOT_A_DEFERRED,
        """\
        import asyncio

        async def wait():
            await asyncio.sleep(1)

        reactor = Reactor()
        waiting = Deferred.from_coroutine(wait())
        del waiting
        """,
        "RuntimeError: no running event loop\na coroutine of the reactor can await a Deferred, and not "
        "the code of asyncio.",
    ),
    (
        Mistake.NOT_A_DEFERRED,
        """\
        import types

        @types.coroutine
        def future():
            yield 5

        async def wait():
            await future()

        Deferred.from_coroutine(wait())
        """,
        "TypeError: a coroutine of the reactor can await a Deferred, and not 5.",
    ),
    (
        Mistake.TOO_EARLY,
        """\
        class Greeter(Protocol):
            def __init__(self):
                self.transport.write(b"hello")

        exchange(Factory.for_protocol(Greeter), b"hello")
        """,
        "'NoneType' object has no attribute 'write'\n"
        "a protocol has no transport and no factory while __init__ runs.",
    ),
    (
        Mistake.TOO_EARLY,
        """\
        class Greeter(Protocol):
            def __init__(self):
                self.factory.count += 1

        exchange(Factory.for_protocol(Greeter), b"hello")
        """,
        "a protocol has no transport and no factory while __init__ runs.",
    ),
    (
        Mistake.NO_FACTORY,
        """\
        class Greeter(Protocol):
            def connection_made(self):
                self.factory.count += 1

        class Greeters(Factory):
            def build_protocol(self, address):
                return Greeter()

        exchange(Greeters(), b"hello")
        """,
        "Greeter has no factory, because build_protocol has not set it. Write protocol.factory = self",
    ),
    (
        Mistake.TEXT_AND_BYTES,
        """\
        class Shout(LineReceiver):
            def line_received(self, line):
                self.send_line("you said " + line)

        exchange(Factory.for_protocol(Shout), b"hello\\n")
        """,
        "text and bytes are mixed here.",
    ),
    (
        Mistake.TEXT_AND_BYTES,
        """\
        class Shout(LineReceiver):
            def line_received(self, line):
                command, text = line.split(" ")

        exchange(Factory.for_protocol(Shout), b"say hello\\n")
        """,
        "text and bytes are mixed here.",
    ),
    (
        Mistake.DELIMITER_TEXT,
        """\
        class Shout(LineReceiver):
            delimiter = "|"
        """,
        "Shout.delimiter is '|', but must be bytes. Write a b in front of it.",
    ),
    (
        Mistake.NOT_SECONDS,
        """\
        Reactor().call_later(print, 1)
        """,
        "call_later takes a number of seconds, and got <built-in function print>.",
    ),
    (
        Mistake.NOT_SECONDS,
        """\
        reactor = Reactor()
        try:
            reactor.connect_tcp("127.0.0.1", 1, ClientFactory.for_protocol(Protocol), "5")
        finally:
            assert reactor.timers == 0
        """,
        "connect takes a number of seconds, and got '5'.",
    ),
    (
        Mistake.OTHER_NAME,
        """\
        class Shout(Protocol):
            def data_received(self, data):
                self.transport.sendall(data)

        exchange(Factory.for_protocol(Shout), b"hello")
        """,
        "StreamTransport has no sendall. Use write.",
    ),
    (
        Mistake.OTHER_NAME,
        """\
        class Shout(Protocol):
            def data_received(self, data):
                self.write(data)

        exchange(Factory.for_protocol(Shout), b"hello")
        """,
        "Shout has no write. Use transport.write.",
    ),
    (
        Mistake.OTHER_NAME,
        """\
        class Member(Protocol):
            def connection_made(self):
                self.members.append(self)

        class Room(Factory):
            protocol = Member
            members = []

        exchange(Room(), b"hello")
        """,
        "Member has no members. Use factory.members.",
    ),
    (
        Mistake.OTHER_NAME,
        """\
        succeed(Reactor()).add_callback(lambda reactor: reactor.callLater(1, print))
        """,
        "Reactor has no callLater. Use call_later.",
    ),
    (
        Mistake.OTHER_NAME,
        """\
        from core.web import Resource, Site

        class Page(Resource):
            is_leaf = True

            def render_GET(self, request):
                request.setHeader("X-Page", "hello")
                return b"hello"

        exchange(Site(Page()), b"GET / HTTP/1.0\\r\\n\\r\\n")
        """,
        "Request has no setHeader. Use set_header.",
    ),
    (
        Mistake.MISSPELT_HANDLER,
        """\
        from core.web import Resource

        class Hello(Resource):
            def render_get(self, request):
                return b"hello"
        """,
        "learner.py:6, Hello.render_get: this method is never called. Rename it to render_GET.",
    ),
    (
        Mistake.WRONG_ARGUMENTS,
        """\
        from core.web import Resource

        class Hello(Resource):
            def render_GET(self):
                return b"hello"
        """,
        "learner.py:6, Hello.render_GET: this handler does not take the arguments that it is called with. "
        "Write def render_GET(self, request).",
    ),
    (
        Mistake.NO_LEAF,
        """\
        from core.web import Resource, Site

        class Hello(Resource):
            def render_GET(self, request):
                return b"hello"

        exchange(Site(Hello()), b"GET / HTTP/1.0\\r\\n\\r\\n")
        """,
        'learner.py:5, Hello: this page is the root of a site, and the path "/" is not found below it.',
    ),
    (
        Mistake.SLASH_IN_SEGMENT,
        """\
        from core.web import Resource

        Resource().put_child(b"/hello", Resource())
        """,
        "learner.py:5, <module>: put_child takes one segment of a path, and got b'/hello'.",
    ),
    (
        Mistake.CLASS_FOR_OBJECT,
        """\
        from core.web import Resource, Site

        Site(Resource)
        """,
        "TypeError: Site takes an object, and got the class Resource. Write Resource().",
    ),
    (
        Mistake.CLASS_FOR_OBJECT,
        """\
        from core.web import Resource

        Resource().put_child(b"hello", Resource)
        """,
        "TypeError: put_child takes an object, and got the class Resource. Write Resource().",
    ),
    (
        Mistake.PAGE_RESULT,
        """\
        from core.web import Resource, Site

        class Hello(Resource):
            is_leaf = True

            def render_GET(self, request):
                b"hello"

        exchange(Site(Hello()), b"GET /x HTTP/1.0\\r\\n\\r\\n")
        """,
        "TypeError: learner.py:8, Hello.render_GET: the page for /x returned NoneType.",
    ),
    (
        Mistake.NOT_REGISTERED,
        """\
        from core.protocols.irc import IRCClient

        class Greeter(IRCClient):
            def connection_made(self):
                self.greeted = set()
        """,
        "learner.py:6, Greeter.connection_made: this method replaces the one that registers with the server.",
    ),
    (
        Mistake.NOT_RUNNING,
        """\
        reactor = Reactor()
        reactor.call_later(1, reactor.stop())
        """,
        "stop() was called, and the reactor does not run.",
    ),
]


@pytest.mark.parametrize(
    ("mistake", "program", "sentence"), MADE, ids=[f"{m.name}-{n}" for n, (m, _, _) in enumerate(MADE)]
)
def test_the_sentence_names_the_mistake_its_place_and_the_remedy(
    mistake: Mistake, program: str, sentence: str, tmp_path: Path
) -> None:
    said = said_by(program, tmp_path)
    assert sentence in said
    assert mistake.remedy.partition("{")[0] in said


def test_each_mistake_in_the_table_is_made_by_a_test() -> None:
    assert {mistake for mistake, _, _ in MADE} == set(Mistake)


RIGHT = {
    "handlers with other names of arguments, defaults and any arguments": """\
        class Shout(LineReceiver):
            def connection_lost(self, why, log=print): pass
            def line_received(self, *line): pass
            def connection_made(this): pass

        class Louder(Shout):
            def connection_lost(self, reason): super().connection_lost(reason, log=None)

        exchange(Factory.for_protocol(Louder), b"hello\\n")
        """,
    "a root with an index, and pages with coroutines, helpers and other names for a method": """\
        from core.web import Resource, Site

        class Root(Resource):
            async def render_GET(self, request, *more):
                return b"the index"

            renderGET = render_GET

            def render_row(self): pass

        root = Root()
        root.put_child(b"", root)
        exchange(Site(root), b"GET / HTTP/1.0\\r\\n\\r\\n")
        """,
    "clients of IRC that register in the beginning, or later": """\
        from core.protocols.irc import IRCClient

        class Greeter(IRCClient):
            def connection_made(self): super().connection_made()

        class Twin(IRCClient):
            def connection_made(self): self.register("twin")

        class Patient(IRCClient):
            perform_login = False
            def connection_made(self): pass
        """,
    "a protocol that connects again when its connection has ended": """\
        class Once(Factory):
            only = LineReceiver()
            only.line_received = lambda line: None

            def build_protocol(self, address):
                return self.only

        exchange(Once(), b"hello\\n")
        """,
    "methods of one's own that resemble no handler": """\
        class Counter(LineReceiver):
            connection_count = 0
            dataReceivedBefore = True

            def received(self): pass
            def data_ready(self): pass
            def lines_received(self, lines): pass
            def line_received(self, line): self.lines_received([line])
            def _data_received(self): pass
            def send_lines(self, lines): pass

        exchange(Factory.for_protocol(Counter), b"hello\\n")
        """,
    "Twisted's name as another name of the handler": """\
        class Shout(LineReceiver):
            def line_received(self, line): self.send_line(line)
            lineReceived = line_received

        exchange(Factory.for_protocol(Shout), b"hello\\n")
        """,
    "data ignored on purpose": """\
        class Deaf(Protocol):
            def data_received(self, data):
                pass

        exchange(Factory.for_protocol(Deaf), b"hello")
        """,
    "data_received of a LineReceiver that calls the one it replaces": """\
        class Loud(LineReceiver):
            def data_received(self, data):
                super().data_received(data.upper())

            def line_received(self, line):
                self.send_line(line)

        exchange(Factory.for_protocol(Loud), b"hello\\n")
        """,
    "a reactor that another thread runs": """\
        import threading

        reactor = Reactor()
        reactor.call_later(0, reactor.stop)
        thread = threading.Thread(target=reactor.run, args=(False,))
        thread.start()
        thread.join()
        """,
    "a failed Deferred that gets its errback later": """\
        reactor = Reactor()
        kept = fail(ValueError("later"))
        reactor.call_later(1.5, kept.add_errback, lambda error: None)
        reactor.call_later(1.6, reactor.stop)
        reactor.run()
        """,
    "an echo whose peer ends its sending first": """\
        class Echo(Protocol):
            def data_received(self, data):
                self.transport.write(data)

        exchange(Factory.for_protocol(Echo), b"hello")
        """,
    "a room that writes to a member who is just leaving": """\
        class Member(Protocol):
            def connection_made(self):
                self.factory.members = getattr(self.factory, "members", [])
                self.factory.members.append(self)

            def data_received(self, data):
                for member in self.factory.members:
                    member.transport.write(data)

            def connection_lost(self, reason):
                self.factory.members.remove(self)
                for member in self.factory.members:
                    member.transport.write(b"left")

        exchange(Factory.for_protocol(Member), b"hello")
        """,
    "a file that returns an error before run()": """\
        import sys

        Reactor().listen_tcp(0, Factory.for_protocol(Protocol))
        sys.stderr = open(sys.argv[0] + ".err", "w")
        raise ValueError("another mistake")
        """,
    "a port that is closed again without run()": """\
        Reactor().listen_tcp(0, Factory.for_protocol(Protocol)).stop_listening()
        """,
    "an attempt that the program itself gives up": """\
        reactor = Reactor()
        connector = reactor.connect_tcp("127.0.0.1", 1, ClientFactory.for_protocol(Protocol))
        connector.stop_connecting()
        reactor.call_later(0.1, reactor.stop)
        reactor.run()
        """,
    "a reconnecting client when its own reactor stops": """\
        class Quiet(Protocol):
            def connection_made(self):
                self.factory.reactor.call_later(0.1, self.factory.reactor.stop)

            def data_received(self, data): pass

        class Again(ReconnectingClientFactory):
            protocol = Quiet

        reactor, factory = Reactor(), Again()
        factory.reactor = reactor
        port = reactor.listen_tcp(0, Factory.for_protocol(Protocol))
        reactor.connect_tcp(port.host.host, port.host.port, factory)
        reactor.run()
        """,
    "a LineReceiver whose data_received calls its own helper": """\
        class Counting(LineReceiver):
            def data_received(self, data):
                self.pass_on(data)

            def pass_on(self, data):
                super().data_received(data)

            def line_received(self, line): pass

        exchange(Factory.for_protocol(Counting), b"hello\\n")
        """,
    "both spellings of a handler": """\
        class Both(Protocol):
            def data_received(self, data): pass

            dataReceived = data_received
        """,
    "a session that is kicked while others write to it": """\
        from core.protocols.sessions import SessionRegistry

        class Member(Protocol):
            def data_received(self, data):
                self.session.kick("")
                self.transport.write(data)

        factory = Factory.for_protocol(Member)
        factory.sessions = SessionRegistry()
        exchange(factory, b"hello")
        """,
}


@pytest.mark.parametrize("program", RIGHT.values(), ids=RIGHT)
def test_nothing_is_said_of(program: str, tmp_path: Path) -> None:
    assert said_by(program, tmp_path) == ""


def test_in_dev_mode_a_write_is_checked_also_while_a_handler_of_the_connection_runs(tmp_path: Path) -> None:
    program = """\
        import threading

        class Hasty(Protocol):
            def data_received(self, data):
                thread = threading.Thread(target=self.transport.write, args=(data,))
                thread.start()
                thread.join()

        exchange(Factory.for_protocol(Hasty), b"hello")
        """
    assert "write was called in a thread that is not the reactor's." in said_by(
        program, tmp_path, "-X", "dev"
    )
    assert said_by(program, tmp_path) == ""
