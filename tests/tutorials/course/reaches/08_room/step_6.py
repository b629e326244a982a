"""Shares one buffer among all members."""

from room import Member, run


class Shared(Member):
    kept = bytearray()

    def data_received(self, data: bytes) -> None:
        self.kept.extend(data)
        *lines, rest = bytes(self.kept).split(b"\n")
        self.kept[:] = rest
        for line in lines:
            self.line_received(line.removesuffix(b"\r"))


run(Shared)
