import sys
from concurrent.futures import ThreadPoolExecutor

from core import Factory, LineReceiver, Reactor
from slow import look_up


class LookUp(LineReceiver):
    def line_received(self, line):
        if line == b"PING":
            self.send_line(b"PONG")
        else:
            self.word = line.decode()
            pool.submit(self.work, self.word)

    def work(self, word):
        try:
            result = look_up(word)
        except KeyError:
            result = "unknown"
        reactor.call_from_thread(self.found, result)

    def found(self, result):
        self.send_line(f"{self.word}: {result}".encode())


pool = ThreadPoolExecutor(1)
reactor = Reactor()
reactor.listen_tcp(int(sys.argv[1]), Factory.for_protocol(LookUp))
reactor.run()
pool.shutdown(wait=False, cancel_futures=True)
