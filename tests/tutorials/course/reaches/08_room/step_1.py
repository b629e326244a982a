"""Tells the others who comes."""

from room import Member, run


class Announcer(Member):
    def connection_made(self) -> None:
        super().connection_made()
        self.line_received(b"is here")


run(Announcer)
