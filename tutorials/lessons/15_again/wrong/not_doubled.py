import sys

from core import ClientCreator, ConnectionClosed, Deferred, LineReceiver, defer_later, react

PORT = int(sys.argv[1])


class Question(LineReceiver):
    def __init__(self):
        self.answer = Deferred()

    def connection_made(self):
        self.send_line(b"GET")

    def line_received(self, line):
        if not self.answer.called:
            self.answer.callback(line)
            self.transport.lose_connection()

    def connection_lost(self, reason):
        if not self.answer.called:
            self.answer.errback(reason)


async def ask(reactor):
    question = await ClientCreator(reactor, Question).connect_tcp("127.0.0.1", PORT)
    return (await question.answer).decode().removeprefix("VALUE ")


async def main(reactor):
    delay = 0.05
    for number in range(5):
        try:
            print(await ask(reactor))
            return
        except (OSError, ConnectionClosed):
            await defer_later(reactor, delay, lambda: None)
    raise SystemExit("no value after 5 tries")


react(main)
