"""The language of a lesson's check.py: the world of a program, its visitors, and steps that may fail.

Where a check waits, it asks the kernel whether the program has read what was sent, and whether it sleeps
again. So a cut between two pieces is exact, and waiting for nothing to come is no matter of luck.
"""

import random
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from types import MappingProxyType

from core.deferred import Deferred
from core.errors import in_words
from core.formats.weather import Weather
from core.interfaces import IPv4Address
from core.reactor import Reactor
from core.task import defer_later
from core.transports.stream import StreamTransport
from tutorials.course.evidence import Event, Evidence, Kind, NotYet, Place, Sent
from tutorials.course.peers import Answer, Listener, Peer, PeerFactory, UDPPeer
from tutorials.course.program import Program

HOST, END, ACCEPTED = "127.0.0.1", "the end of the stream", "the connection is accepted"
PATIENCE = 1.0
"""Seconds for an answer that should come at once."""

BUSY = 3.0
"""Seconds for it while the program is running or has not read everything: the machine may be busy."""

START = 3.0
"""Seconds within which a program has to listen."""

ELSEWHERE = 0.3
"""Seconds for the right port, once a program listens at another one."""

BLOCKED = 0.3
"""Seconds for which a program sleeps without reading what was sent: after them it is taken for blocked."""

SPINNING = 1.5
"""Seconds of processor time after which a program that works without an end is taken for one that spins."""

ATTEMPTS = 3
"""How often a time is measured at most."""

SETTLE = 0.02
"""Seconds that pass between two pieces where the kernel does not tell whether the first one was read."""

SEGMENT, NARROW = 1448, 4 << 10
"""Bytes of a segment, and of the receive buffer, of a narrow connection. Usual are 32,768 and megabytes."""

VOWELS, CONSONANTS, ACCENTED = "aeiou", "bdfgklmnprstvz", "äéîöüßñ"


class World:
    """The program under check, and everything around it. All that is drawn depends on `seed`."""

    def __init__(self, reactor: Reactor, path: Path, given: Path, weather: Weather, total: int) -> None:
        self.reactor = reactor
        self.evidence = Evidence(total=total)
        self.random = random.Random(f"{weather.seed}")
        self.weather = weather
        self.programs: list[Program] = []
        self._trace: list[Event] = []
        self.visitors: list[Visitor] = []
        self._path, self._given = path, given
        self.port = 0

    # --- drawn from the seed

    def word(self, length: int = 6) -> str:
        """A word that can be spoken, of ASCII letters."""
        return "".join([self.random.choice((CONSONANTS, VOWELS)[place % 2]) for place in range(length)])

    def accented_word(self) -> str:
        """A word with a letter that takes two bytes in UTF-8."""
        return self.word(3) + self.random.choice(ACCENTED) + self.word(2)

    def number(self, least: int, most: int) -> int:
        """A whole number from `least` to `most`."""
        return self.random.randint(least, most)

    # --- steps

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """A step of the check. It fails with NotYet, also if the program has logged an exception."""
        self.evidence.title = title
        self.evidence.step += 1
        self.record("step", f"{self.evidence.step}  {title}")
        self.evidence.sent.clear()
        self.evidence.facts.clear()
        yield
        for program in self.programs:
            for record in program.records():
                if record.type:
                    raise NotYet(Kind.LOGGED, "no exception in the log", f"{record.type}: {record.text}")

    def notice(self, fact: str) -> None:
        """Note a fact that distinguishes mistakes."""
        self.evidence.facts.add(fact)

    def note_sent(self, what: bytes | str, by: str, after: float = 0.0) -> None:
        """Note for the report and for the trace what `by` sends, `after` seconds from now."""
        self.evidence.sent.append(Sent(what, by, after))
        self.record("sent", what, by, after)

    def record(self, kind: str, what: bytes | str, by: str = "", after: float = 0.0) -> None:
        """Record an event for the trace, which happens `after` seconds from now."""
        self._trace.append(Event(self.reactor.seconds() + after, kind, what, by))

    def trace(self) -> list[Event]:
        """Everything that was sent, came and was printed up to now, and the beginnings of the steps."""
        came = [Event(at, "came", what, each.name) for each in self.visitors for at, what in each.peer.came]
        for each in self.programs:
            for name, pipe in (("printed", each.output), ("on stderr", each.errors)):
                came += [Event(at, "came", what, name) for at, what in pipe.came]
        return sorted([*self._trace, *came], key=lambda event: event.at)

    # --- waiting

    def sleep(self, seconds: float) -> Deferred[None]:
        """`await` this to wait."""
        return defer_later(self.reactor, seconds, lambda: None)

    async def until(self, condition: Callable[[], object], seconds: float, interval: float = 0.003) -> bool:
        """Wait until `condition()` holds, but no longer than `seconds`. Returns whether it holds."""
        deadline = self.reactor.seconds() + seconds
        while not condition():
            if self.reactor.seconds() >= deadline:
                return False
            await self.sleep(interval)
        return True

    def is_quiet(self) -> bool:
        """Whether the program has read all that was sent to it, and sleeps."""
        return self.program.is_asleep() and not self.unread()

    def unread(self) -> int:
        """The bytes that were sent or typed, and that the program has not read."""
        return sum(visitor.peer.unread() or 0 for visitor in self.visitors) + self.program.untaken()

    async def settle(self, condition: Callable[[], object] = bool) -> None:
        """Wait until the program has read everything and sleeps, and until its answers are here.

        It waits no longer once `condition()` holds, or if the program is blocked.
        """
        asleep, looked_at, used = 0.0, self.reactor.seconds(), self.program.cpu()

        def is_settled() -> bool:
            nonlocal asleep, looked_at
            before, looked_at = looked_at, self.reactor.seconds()
            since = min(looked_at - before, SETTLE)  # a longer pause is one of the checker
            asleep = asleep + since if self.program.is_asleep() else 0.0
            is_hanging = asleep >= BLOCKED or self.program.cpu() - used >= SPINNING
            return bool(condition()) or self.is_quiet() or is_hanging

        await self.until(is_settled, BUSY, 0.0005)
        await self.sleep(0.002)

    async def expect_idle(self) -> None:
        """For 0.25 s nothing is sent. The program may use only little processor time meanwhile.

        On a busy machine one that spins may not have got that much by then: it is waited for until it sleeps.
        """
        most = self.program.cpu() + 0.04
        await self.sleep(0.25)
        await self.until(lambda: self.program.cpu() >= most or self.program.is_asleep(), BUSY)
        if self.program.cpu() >= most:
            self.notice("spins")
            self.note_output()  # but not where it is: at this moment that means nothing
            raise NotYet(Kind.OTHER, "no processor time", "0.04 s or more, although nothing happened")

    async def measure(self, attempt: Callable[[], Awaitable[None]]) -> None:
        """Make an attempt that measures times, up to ATTEMPTS times: a right program may be late by chance.

        An attempt that has failed for something else, or has noticed "certain", is not made again.
        """
        for attempts in range(1, ATTEMPTS + 1):
            before = len(self.visitors)
            self.evidence.sent.clear()
            self.evidence.facts.clear()
            try:
                await attempt()
                return
            except NotYet as error:
                is_certain = error.kind not in (Kind.LATE, Kind.EARLY) or "certain" in self.evidence.facts
                if is_certain or attempts == ATTEMPTS:
                    raise
            await self.hang_up(before)
            del self.visitors[before:]

    async def is_blocked_in(self, call: str = "") -> bool:
        """Whether the program is blocked now in a line of its own that has such a call, "": in any."""
        is_waiting, place = await self._where()
        return place is not None and not is_waiting and call in place.call

    async def _where(self) -> tuple[bool, Place | None]:
        """Whether the program waits for an event, and the innermost line of its own file.

        It is asked once it sleeps: a moment before that it may be on its way back to the poller.
        """
        await self.until(lambda: self.program.has_begun() and self.program.is_asleep(), BLOCKED)
        self.program.ask_where()
        await self.until(self.program.has_said_where, BUSY)
        await self.sleep(0.01)  # the rest of the answer
        return self.program.where()

    # --- the program

    @property
    def program(self) -> Program:
        """The program that was started last."""
        return self.programs[-1]

    def run(self, *arguments: object, keyboard: bool = False) -> Program:
        """Start the program. Its first argument is the port."""
        texts = [str(self.port), *[str(argument) for argument in arguments]]
        self.programs.append(Program(self.reactor, self._path, self._given, texts, keyboard))
        return self.program

    async def type(self, data: bytes) -> None:
        """Type `data`, and wait until the program has read it and sleeps."""
        self.note_sent(data, "the keyboard")
        self.program.type(data)
        await self.settle()

    def end_input(self) -> None:
        """End the program's standard input; at a terminal with Ctrl-D."""
        self.note_sent("(the end of the input)", "the keyboard")
        self.program.end_input()

    async def serve(self, *arguments: object, port: int = 0) -> Program:
        """Start the program, a server, and wait until it listens on `port`; 0: a free one."""
        self.port = port or free_port()
        program = await self._start(*arguments)
        said = f"{program.records()}{program.errors.data}"
        if program.status() is not None and not port and "in use" in said:
            self.programs.pop().stop()
            return await self.serve(*arguments, port=free_port())  # another process has taken it in between
        if program.status() is not None or not self._listens():
            await self.until(lambda: program.status() is not None, BLOCKED)  # it may be about to end
            raise self._not_started(program)
        return program

    async def _start(self, *arguments: object) -> Program:
        program = self.run(*arguments)
        await self.until(lambda: program.status() is not None or program.has_begun(), BUSY)
        await self.until(lambda: program.status() is not None or program.listens(), START)
        await self.until(lambda: program.status() is not None or self._listens(), ELSEWHERE)
        return program

    def _listens(self) -> bool:
        listens = self.program.listens()
        return any((host, self.port) in listens for host in (HOST, "0.0.0.0", "::"))

    def _not_started(self, program: Program) -> NotYet:
        expected = f"a server that listens on port {self.port} of {HOST}"
        self.evidence.listens = [f"{host}:{port}" for host, port in program.listens()]
        if program.status() is not None:
            return self.ended(expected)
        if self.evidence.listens:
            return NotYet(Kind.START, expected, f"it listens on {', '.join(self.evidence.listens)}")
        return NotYet(Kind.START, expected, f"nothing: it does not listen within {START:g} s")

    def ended(self, expected: bytes | str) -> NotYet:
        """The failure of a program that has ended when it should not."""
        for record in self.program.records():
            if record.level == "EXCEPTION":
                return NotYet(Kind.EXIT, expected, f"{record.type}: {record.text}")
        return NotYet(Kind.EXIT, expected, f"the program has ended, with exit status {self.program.status()}")

    async def expect_exit(self, status: int, within: float = PATIENCE) -> None:
        """The program has to end with this exit status."""
        expected = f"the program ends with exit status {status} within {within:g} s"
        if not await self.until(lambda: self.program.status() is not None, within):
            raise NotYet(Kind.LATE, expected, "nothing: it is still running")
        if self.program.status() != status:
            raise NotYet(Kind.EXIT, expected, f"exit status {self.program.status()}")

    def printed(self) -> bytes:
        """All that the program has printed up to now, without CR: a terminal adds them."""
        return bytes(self.program.output.data).replace(b"\r", b"")

    async def expect_output(
        self,
        expected: bytes,
        wrong: Mapping[str, bytes] = MappingProxyType({}),
        within: float = PATIENCE,
        after: int = 0,
    ) -> None:
        """All that the program has printed up to now, after its first `after` bytes, has to be `expected`."""

        def is_here() -> bool:
            return len(self.printed()) - after >= len(expected) or self.program.status() is not None

        if not await self.until(is_here, within) and not self.is_quiet():
            await self.settle(is_here)
        await self.sleep(0.005)
        if (came := self.printed()[after:]) != expected:
            raise compare(expected, came, "", wrong, of=" on standard output")

    def expect_one_error(self, mention: str = "") -> None:
        """The program has to have printed exactly one line on stderr, with `mention` in it."""
        lines = bytes(self.program.errors.data).decode("utf-8", "replace").splitlines()
        if len(lines) != 1 or mention not in lines[0]:
            expected = "one line on stderr" + (f", with {mention} in it" if mention else "")
            count = {0: "nothing", 1: "another line"}.get(len(lines), f"{len(lines)} lines")
            raise NotYet(Kind.OUTPUT, expected, count)

    # --- peers

    async def visit(self, narrow: bool = False) -> "Visitor":
        """A new visitor of the program, whose connection it has accepted.

        The kernel stores under 256 KiB of the bytes sent over a `narrow` connection while they are not read.
        """
        visitor = Visitor(self, len(self.visitors) + 1)
        factory = PeerFactory(visitor.peer)
        if narrow and hasattr(socket, "TCP_MAXSEG"):
            connect_narrow(self.reactor, self.port, factory)
        else:
            self.reactor.connect_tcp(HOST, self.port, factory, timeout=BUSY)
        is_decided = await self.until(lambda: visitor.peer.was_open or factory.failure, BUSY, 0.0005)
        if isinstance(factory.failure, ConnectionResetError):  # accepted, and reset before this end looked
            visitor.peer.connection_lost(factory.failure)
        elif factory.failure is not None or not is_decided:
            reason = in_words(factory.failure) if factory.failure is not None else "no answer"
            self.evidence.sent.append(Sent("(a new connection)", visitor.name))
            raise NotYet(Kind.OTHER, ACCEPTED, reason)
        self.visitors.append(visitor)
        return visitor

    def listen(self, port: int = 0) -> Listener:
        """A server for a program that is a client. `port` is its port; 0: a free one."""
        listener = Listener()
        host = self.reactor.listen_tcp(port, listener).host
        assert isinstance(host, IPv4Address)
        self.port = host.port
        return listener

    async def accept(self, listener: Listener, within: float = START, name: str = "") -> "Visitor":
        """The next connection of the program to `listener`, by default named after its number."""
        number = listener.accepted + 1
        program = self.program
        expected, peers = f"connection {number} of the program within {within:g} s", listener.peers
        await self.until(lambda: len(peers) >= number or program.status() is not None, within, 0.0005)
        if len(peers) < number:
            if program.status() is not None:
                raise self.ended(expected)
            raise NotYet(Kind.NOTHING, expected, "nothing")
        listener.accepted = number
        name = name or f"connection {number}"
        self.visitors.append(Visitor(self, number, name, peers[number - 1]))
        return self.visitors[-1]

    def listen_udp(self, answer: Answer) -> UDPPeer:
        """A UDP socket for a program that is a client. `port` is its port."""
        peer = UDPPeer(self.reactor, answer, self.record)
        host = self.reactor.listen_udp(0, peer).host
        assert isinstance(host, IPv4Address)
        self.port = host.port
        return peer

    async def expect_datagrams(self, peer: UDPPeer, allowed: Sequence[bytes], within: float) -> None:
        """Wait for the program's first datagram, then up to `within` seconds for its end.

        It may send only those that are `allowed`.
        """
        program, received = self.program, peer.received
        if await self.until(lambda: received or program.status() is not None, START):
            await self.until(lambda: program.status() is not None or not {*received} <= {*allowed}, within)
        if not received and program.status() is not None:
            raise self.ended(allowed[0])
        others = [data for data in received if data not in allowed]
        if others or not received:
            raise compare(allowed[0], b"".join(others[:1]), "", {})
        if program.status() is None:
            raise NotYet(Kind.LATE, f"the program ends within {within:g} s", "nothing: it is still running")

    # --- the end

    def note_output(self) -> None:
        """Note what the program has printed and logged. Its later actions, in a probe, are no evidence."""
        evidence, program = self.evidence, self.program
        evidence.is_looked_at = True
        evidence.records = [record for each in self.programs for record in each.records()]
        evidence.output, evidence.errors = bytes(program.output.data), bytes(program.errors.data)
        evidence.dropped = program.output.dropped, program.errors.dropped
        evidence.wrote = program.wrote()

    async def look(self) -> None:
        """Note where the program is and what it has not read. A second call in a step changes nothing.

        `gather` calls this. A check that tries something else after a failure calls it before.
        """
        if self.evidence.is_looked_at:
            return
        evidence, program = self.evidence, self.program
        evidence.status = program.status()
        evidence.unread = self.unread()
        if evidence.status is None:
            evidence.is_waiting, evidence.place = await self._where()
            awake = 0
            for _ in range(10):
                await self.sleep(0.01)
                awake += not program.is_asleep()
            if awake >= 9 and self.unread() == evidence.unread:  # it runs all the time, and reads nothing
                evidence.facts.add("spins")
        self.note_output()

    @asynccontextmanager
    async def probing(
        self, condition: Callable[[], object], **acts: Callable[[], object]
    ) -> AsyncIterator[None]:
        """If the block fails, call each of `acts` until `condition()` holds, and notice the name of that."""
        try:
            yield
        except NotYet:
            await self.look()
            for fact, act in acts.items():
                act()
                if await self.until(condition, 0.3):
                    self.notice(fact)
                    break
            raise

    async def gather(self, error: NotYet) -> Evidence:
        """Everything that can be known about the failure `error`."""
        evidence = self.evidence
        evidence.kind, evidence.expected, evidence.came = error.kind, error.expected, error.came
        evidence.expected_of, evidence.fits = error.of, error.fits
        evidence.notes = list(error.notes)
        if not self.programs:
            return evidence
        may_have_ended = error.kind in (Kind.END, Kind.RESET) or error.expected == ACCEPTED
        if may_have_ended and await self.until(lambda: self.program.status() is not None, BLOCKED):
            evidence.notes.append(f"the program has ended, with exit status {self.program.status()}")
        await self.look()
        is_written = isinstance(error.came, bytes) or error.kind not in (Kind.NOTHING, Kind.LATE, Kind.EXIT)
        evidence.wrote = error.line or (evidence.wrote if is_written else 0)
        if self.program.was_too_big:
            evidence.facts.add("too_big")
        return evidence

    async def hang_up(self, first: int = 0) -> None:
        """End the visitors from `first` on: a program that is stopped waits for those that still read."""
        visitors = self.visitors[first:]
        for visitor in visitors:
            if visitor.peer.is_open:
                visitor.peer.transport.abort_connection()
        await self.until(lambda: not any(visitor.peer.is_open for visitor in visitors), PATIENCE)

    def close(self) -> list[int]:
        """End the programs. Returns the processes that these had left behind."""
        return [pid for program in self.programs for pid in program.stop()]


class Visitor:
    """A client of the program. The `expect` methods compare the bytes that it receives, and consume them."""

    def __init__(self, world: World, number: int, name: str = "", peer: Peer | None = None) -> None:
        self.world = world
        self.number = number
        self.name = name or f"visitor {number}"
        self.peer = peer or Peer()
        self.sent = b""
        """All bytes that it has sent."""
        self._held = b""

    def _note(self, what: bytes | str, after: float = 0.0) -> None:
        self.sent += what if isinstance(what, bytes) else b""
        self.world.note_sent(what, self.name, after)

    async def send(self, data: bytes, whole: bool = False, after: float = 0.0) -> None:
        """Send `data` as the weather wants it; with `whole` in one piece in any weather.

        With `after` it is sent so many seconds from now.
        """
        self._note(data, after)
        if after:
            await self.world.sleep(after)
        if self.world.weather.merge and not whole:
            self._held += data
        elif self.world.weather.slice and not whole:
            for place in range(len(data)):
                await self.put(data[place : place + 1])
        else:
            await self.flush()
            self.peer.transport.write(data)

    async def put(self, data: bytes) -> None:
        """Send one piece, and wait until the program has read it, or is blocked."""
        if not self.peer.is_open:
            return
        self.peer.transport.write(data)
        if not hasattr(socket, "AF_NETLINK"):
            await self.world.sleep(SETTLE)
        elif not await self.world.until(is_read := lambda: not self.peer.unread(), SETTLE, 0.0):
            await self.world.settle(is_read)

    async def send_pieces(self, *pieces: bytes) -> None:
        """Send pieces with a cut after each, which is exact in any weather."""
        await self.flush()
        for piece in pieces:
            self._note(piece)
            await self.put(piece)

    async def flush(self) -> None:
        """Send what the weather has held back, in one piece."""
        held, self._held = self._held, b""
        if held:
            await self.put(held)

    async def end_sending(self) -> None:
        """Send the end of the stream. Receiving goes on."""
        await self.flush()
        self._note("(the end of the stream)")
        self.peer.transport.lose_write_connection()

    async def leave(self) -> None:
        """Close the connection in good order."""
        await self.flush()
        self._note("(closes the connection)")
        await self.close()

    async def reset(self) -> None:
        """Reset the connection, as a peer that crashed does."""
        await self.flush()
        self._note("(resets the connection)")
        self.peer.transport.abort_connection()
        await self.world.until(lambda: not self.peer.is_open, PATIENCE)
        await self.world.settle()

    # --- what has to come

    async def expect(
        self,
        data: bytes,
        wrong: Mapping[str, bytes] = MappingProxyType({}),
        *,
        within: float = 0.0,
        not_before: float = 0.0,
        since: float | None = None,
        more: bool = False,
    ) -> None:
        """`data` has to come: at once, or after `not_before` and `within` seconds; no more, unless `more`.

        The seconds count from the time `since`, by default from now. `wrong` has the bytes that would come
        instead for a mistake, by its ID.
        """
        await self.flush()
        now = self.world.reactor.seconds()
        began = now if since is None else since
        came = self.peer.received
        await self._wait(
            lambda: len(came) >= len(data) or self.peer.has_ended or self._has_gone_wrong(data),
            within and max(within - (now - began), 0.001),
        )
        if more and not data.startswith(bytes(came[: len(data)])):  # how much more comes is chance
            self.peer.transport.pause_producing()
            del came[len(data) :]
        if came and (not more or bytes(came[: len(data)]) != data):
            await self.world.settle()
        if came[: len(data)] != data or (len(came) > len(data) and not more):
            raise self._differs(data, within, wrong)
        took = max([began, *self.peer.line_times]) - began  # not when the check has looked
        after, of = f"after {took:.3f} s", self._of()
        if took < not_before:
            raise NotYet(Kind.EARLY, data, data, after, of=f"{of} after {not_before:g} s")
        if within and took > within:
            raise NotYet(Kind.LATE, data, data, after, of=f"{of} within {within:g} s")
        del came[: len(data)]

    def _has_gone_wrong(self, data: bytes) -> bool:
        """Whether something else than `data` has come, and no more of it will come now."""
        came = self.peer.received
        return bool(came) and not data.startswith(came) and self.world.is_quiet()

    async def _wait(self, condition: Callable[[], object], within: float) -> None:
        """Wait for an answer. Without `within` longer than PATIENCE only if the program is still at work."""
        if within:
            await self.world.until(condition, within + 0.2)
        elif not await self.world.until(condition, PATIENCE) and not self.world.is_quiet():
            await self.world.settle(condition)

    def _of(self) -> str:
        return f" to {self.name}" if len(self.world.visitors) > 1 else ""

    def _differs(self, data: bytes, within: float, wrong: Mapping[str, bytes]) -> NotYet:
        end = "a reset" if self.peer.was_reset() else END if self.peer.has_ended else ""
        of = self._of() + (f" within {within:g} s" if within else "")
        if self.world.program.status() is not None and not self.peer.received:
            return self.world.ended(data)
        return compare(data, bytes(self.peer.received), end, wrong, of)

    async def expect_nothing(self, wrong: Mapping[str, bytes] = MappingProxyType({})) -> None:
        """Nothing may come, once the program has read everything and sleeps again."""
        await self.flush()
        await self.world.settle()
        if self.peer.received or self.peer.has_ended:
            raise self._differs(b"", 0.0, wrong)

    async def expect_end(self, within: float = PATIENCE) -> None:
        """The end of the stream has to come, and nothing before it."""
        await self.flush()
        await self.world.until(lambda: self.peer.has_ended, within)
        if self.peer.received or self.peer.was_reset():
            error = self._differs(b"", 0.0, {})
            error.expected = END
            raise error
        if not self.peer.has_ended:
            of = f"{self._of()} within {within:g} s"
            raise NotYet(Kind.OPEN, END, "nothing: the connection stays open", of=of)

    async def close(self) -> None:
        """Close this end. Not noted in the report: the program has closed its own."""
        self.peer.transport.lose_connection()
        await self.world.until(lambda: not self.peer.is_open, PATIENCE)
        await self.world.settle()


def compare(expected: bytes, came: bytes, end: str, wrong: Mapping[str, bytes], of: str = "") -> NotYet:
    """How `came`, after which `end` came, differs from `expected`."""
    if not came:
        kind = {"": Kind.NOTHING, "a reset": Kind.RESET}.get(end, Kind.END)
    elif expected.startswith(came):
        kind = Kind.LITTLE
    else:
        kind = Kind.MUCH if came.startswith(expected) else Kind.WRONG
    notes = [f"then {end}"] if end and came else []
    error = NotYet(kind, expected, came or end or "nothing", *notes, of=of)
    error.fits = frozenset(name for name, bytes_ in wrong.items() if came == bytes_)
    return error


def connect_narrow(reactor: Reactor, port: int, factory: PeerFactory) -> None:
    """Connect with small segments and a small buffer. The kernel has to know that before it connects."""
    sock = socket.socket()
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, NARROW)
    try:
        sock.connect((HOST, port))  # which takes no time on this machine
        sock.setblocking(False)
        StreamTransport(reactor, sock, (HOST, port)).start(factory)
    except OSError as error:
        sock.close()
        factory.failure = error


def free_port() -> int:
    """A TCP port that is free now."""
    with socket.socket() as sock:
        sock.bind((HOST, 0))
        return int(sock.getsockname()[1])
