from core import Deferred, Reactor, defer_to_thread


async def ask(word: str) -> None:
    print("look up", word)
    print("found", await defer_to_thread(reactor, word.upper))
    reactor.stop()


reactor = Reactor()
Deferred.from_coroutine(ask("snail"))
print("go on")
reactor.run()
print("end")
