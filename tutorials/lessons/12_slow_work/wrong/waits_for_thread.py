import sys
from concurrent.futures import ThreadPoolExecutor

from core import Factory, LineReceiver, Reactor
from slow import look_up

pool = ThreadPoolExecutor()


class LookUp(LineReceiver):
    def line_received(self, line):
        if line == b"PING":
            self.send_line(b"PONG")
            return
        word = line.decode()
        future = pool.submit(look_up, word)
        try:
            result = future.result()
        except KeyError:
            result = "unknown"
        self.send_line(f"{word}: {result}".encode())


reactor = Reactor()
reactor.listen_tcp(int(sys.argv[1]), Factory.for_protocol(LookUp))
reactor.run()
