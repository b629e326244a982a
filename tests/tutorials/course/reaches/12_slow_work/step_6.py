"""Cannot do with a visitor that has gone when its answer is there."""

from looker import LookUp, reactor, run


class Strict(LookUp):
    is_here = True

    def connection_lost(self, reason):
        self.is_here = False

    def answer(self, result, word):
        reactor.call_soon(self.answer_soon, result, word)

    def answer_soon(self, result, word):
        if not self.is_here:
            raise RuntimeError("the visitor has gone")
        super().answer(result, word)


run(Strict)
