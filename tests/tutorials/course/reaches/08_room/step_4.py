"""Takes the last line of a piece alone."""

from room import Member, run


class LastLine(Member):
    kept = b""

    def data_received(self, data: bytes) -> None:
        *lines, self.kept = (self.kept + data).split(b"\n")
        if lines:
            self.line_received(lines[-1].removesuffix(b"\r"))


run(LastLine)
