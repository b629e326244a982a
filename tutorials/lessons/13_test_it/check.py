"""The check of lesson 13: run.py runs the tests, on the right turnstile and on five broken ones."""

import json

from tutorials.course.evidence import Kind, NotYet
from tutorials.course.steps import BUSY, START, World

LIMIT, TIME = 1.0, "all tests together, on all turnstiles, take less than 1 s"
FAULTS = ("keeps coins", "needs no coin", "lets two through", "stays open", "keeps its timer")


class Tests:
    """The learner's tests. `rows`: the data that each of them sent to the last turnstile, and received."""

    async def begin(self, world: World) -> None:
        self.world, self.output = world, world.run().output.data
        await world.until(lambda: b"\n" in self.output or world.program.status() is not None, START + BUSY)

    def is_over(self) -> bool:
        return self.output.endswith(b"}\n") or self.world.program.status() is not None

    async def failures(self, turnstile: str) -> list[str]:
        """Run the tests on a turnstile. Returns those that fail, and why."""
        program, until = self.world.program, self.world.until
        self.output.clear()
        program.type(f"{turnstile}\n".encode())
        if not await until(self.is_over, LIMIT):  # on a busy machine it may not have run for so long
            await until(lambda: self.is_over() or program.is_asleep(), BUSY)
        if program.status() is not None:
            raise NotYet(Kind.EXIT, "the tests run", f"the program ends with exit status {program.status()}")
        if not self.is_over():
            raise NotYet(Kind.LATE, TIME, f"they still run after {LIMIT:.3f} s")
        self.output[:], mark, outcome = self.output.rpartition(b'{"failures"')
        found = json.loads(mark + outcome)
        self.rows, self.line, seconds = found["rows"], found["line"], found["seconds"]
        if seconds > LIMIT:
            self.world.notice("waits" if found["busy"] < seconds / 2 else "works")
            raise NotYet(Kind.LATE, TIME, f"they are not done after {seconds:.3f} s", *self.rows)
        return list(found["failures"])

    async def notice(self, fault: str) -> None:
        """One of the tests has to fail on a broken turnstile."""
        if await self.failures(fault):
            return
        error = NotYet(Kind.OTHER, "at least one of the tests fails", "none of them:", *self.rows)
        await self.world.look()
        noticed = [other for other in (*FAULTS, "silent") if await self.failures(other)]
        self.world.notice(f"notices {', '.join(noticed) or 'nothing'}")
        raise error


async def check(world: World) -> None:
    tests = Tests()
    with world.step("the right turnstile"):
        await tests.begin(world)
        if failures := await tests.failures("right"):
            raise NotYet(Kind.WRONG, "all tests pass", *failures, line=tests.line)
        if not tests.rows:
            raise NotYet(Kind.NOTHING, "functions whose names begin with test_", "none")
    with world.step("a turnstile that keeps a second coin"):
        await tests.notice("keeps coins")
    with world.step("a turnstile that lets people through without a coin"):
        await tests.notice("needs no coin")
    with world.step("a turnstile that lets a second person through for one coin"):
        await tests.notice("lets two through")
    with world.step("a turnstile that does not lock after OPEN_FOR seconds"):
        await tests.notice("stays open")
    with world.step("a turnstile whose timer goes on after a push"):
        await tests.notice("keeps its timer")


MISTAKES = [
    ("no_tests", lambda e: e.kind is Kind.NOTHING),
    ("sleeps", lambda e: e.kind is Kind.LATE and ("waits" in e.facts or e.is_waiting or e.is_in("sleep("))),
    ("sends_no_line", lambda e: "  Assertion" in "".join(e.notes[:1]) and "no line" in "".join(e.notes[1:2])),
    ("wants_wrong_thing", lambda e: "  Assertion" in "".join(e.notes[:1])),
    ("asserts_nothing", lambda e: "notices nothing" in e.facts),
    ("happy_path_only", lambda e: "notices silent" in e.facts),
    ("misses_one", lambda e: e.kind is Kind.OTHER),
]
