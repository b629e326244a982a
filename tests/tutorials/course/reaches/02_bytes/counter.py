"""The right answers, for programs that give them in a wrong way."""


def answer(line: bytes) -> bytes:
    """The answer to a line, with its end."""
    try:
        return b"%d characters, %d bytes\r\n" % (len(line.decode()), len(line))
    except UnicodeDecodeError:
        return b"not text, %d bytes\r\n" % len(line)
