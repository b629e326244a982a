"""The command `python -m tutorials board`: the board on the full screen, as lines, or once."""

import sys
from collections.abc import Sequence
from contextlib import closing
from importlib.util import find_spec
from shutil import get_terminal_size

from core import cli
from core.endpoints import TCPEndpoint
from core.formats.json_values import as_objects, as_text, parse_object
from core.formats.text import decode, visible
from core.protocols.lines import LineReceiver
from core.reactor import Reactor
from core.transports.stdio import StandardIO
from tutorials.board.join import how_to_join, listen
from tutorials.board.link import Look
from tutorials.board.roster import Roster
from tutorials.board.service import BoardFactory
from tutorials.board.table import document, table
from tutorials.board.wire import PORT, Row, as_row

ANSWER_WITHIN = 5.0
"""Seconds for the board to answer `--once`."""


def main(arguments: Sequence[str]) -> None:
    """Run the command `board`. It ends with q or Ctrl-C, and exits 0."""
    command = "python -m tutorials board"
    parser = cli.Parser(
        command, "show where a class stands, and send lines to it", f"{command} --host 0.0.0.0", False
    )
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS", help="listen there; 0.0.0.0: for other machines"
    )
    parser.add_argument("--port", type=cli.port_number, default=PORT, metavar="PORT", help="listen there")
    parser.add_argument("--word", default="", metavar="WORD", help="learners have to give this word")
    parser.add_argument("--once", action="store_true", help="ask a running board, print its table and exit")
    parser.add_argument("--json", action="store_true", help="with --once: print one JSON object")
    parser.add_argument(
        "--plain", action="store_true", help="print each change as a line, and draw no screen"
    )
    options = parser.parse_args(arguments)
    if options.json and not options.once:
        parser.error("--json goes with --once")
    address = TCPEndpoint(options.host, options.port)
    if options.once:
        print_once(address, options.word, options.json)
    elif options.plain or not cli.can_draw() or find_spec("textual") is None:
        serve_lines(address, options.word)
    else:
        from tutorials.board.screen import serve_screen  # it loads Textual, which takes long

        serve_screen(address, options.word)


# --- once


def print_once(address: TCPEndpoint, word: str, as_json: bool) -> None:
    """Print what a running board knows. Exits 1 if it does not answer."""
    if not as_json:
        cli.require("textual")  # Rich, which comes with it, measures the cells
    rows = ask(address, word)
    width = max(get_terminal_size((100, 24)).columns, 80)
    cli.print_lines(*([document(rows)] if as_json else table(rows, width)))


def ask(address: TCPEndpoint, word: str) -> list[Row]:
    """The learners of a running board. Exits 1 if it does not answer, or refuses."""
    with closing(Reactor()) as reactor:
        look = Look(word, reactor.stop)
        reactor.call_when_running(address.connect, reactor, look, ANSWER_WITHIN)
        reactor.call_later(ANSWER_WITHIN, reactor.stop)
        reactor.run()
    try:
        fields = parse_object(look.answer)
        if "refused" in fields:
            cli.fail(f"the board at {address} says: {visible(as_text(fields['refused']))}")
        return [as_row(each) for each in as_objects(fields.get("learners"))]
    except ValueError:
        reason = look.failure or "no answer of a board"
        remedy = "start one: python -m tutorials board"
        cli.fail(f"there is no board at {address} ({reason}); {remedy}")


# --- lines


class Announcer(LineReceiver):
    """Sends the lines that the teacher types: `NAME: TEXT` to one learner, any other one to all."""

    delimiter = b"\n"

    def __init__(self, factory: BoardFactory) -> None:
        self._board = factory

    def line_received(self, line: bytes) -> None:
        text = decode(line).strip()
        if text:
            cli.print_lines(announce(self._board, text))

    def connection_lost(self, reason: Exception) -> None:
        """Standard input has ended: the board goes on."""


def announce(board: BoardFactory, text: str) -> str:
    """Send a typed line. Returns a line about its receivers."""
    name, _, rest = text.partition(":")
    names = [row.name for row in board.roster.rows() if row.here]
    reached = board.send(rest.strip(), name) if name in names else board.send(text)
    return f"(sent to {name if name in names else f'{reached} learners'})"


def serve_lines(address: TCPEndpoint, word: str) -> None:
    """Print each change as a line until Ctrl-C, and send the typed lines to the learners."""
    cli.start_logging("warning")
    with closing(Reactor()) as reactor:
        roster = Roster(reactor)
        factory = BoardFactory(roster, word, reactor)
        address = listen(address, reactor, factory)
        cli.print_lines(f"board listening on {address}", f"learners type  {how_to_join(address, word)}")
        cli.print_lines("type a line for all, or `NAME: TEXT` for one; stop with Ctrl-C")
        roster.on_change = cli.print_lines
        reactor.call_when_running(StandardIO, Announcer(factory), reactor)
        reactor.run()
    sys.exit(0)
