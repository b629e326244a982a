"""The command `python -m tutorials page`: shows a page in parts on the full screen, or as plain text."""

import pydoc
import sys
from collections.abc import Sequence
from importlib.util import find_spec

from core import cli
from tutorials.markdown_page import find_pages, read, without_links


def make_parser(names: Sequence[str]) -> cli.Parser:
    """The parser for the command line."""
    command = "python -m tutorials page"
    parser = cli.Parser(command, "show a page of the course", f"{command} {names[0]}", has_reactor=False)
    parser.add_argument(
        "name", nargs="?", default="course", choices=names, metavar="NAME", help=", ".join(names)
    )
    parser.add_argument(
        "part", nargs="?", default="", metavar="PART", help="the number of the part to begin with"
    )
    parser.add_argument("--plain", action="store_true", help="print it as text, with the answers at the end")
    return parser


def main(arguments: Sequence[str]) -> None:
    """Run the command `python -m tutorials page` with `arguments`."""
    pages = find_pages()
    parser = make_parser([*pages])
    options = parser.parse_args(arguments)
    page = read(pages[options.name])
    numbers = [part.number for part in page.parts if part.number]
    if options.part and options.part not in numbers:
        parser.error(
            f"{options.name} has no part {options.part}; it has {', '.join(numbers) or 'no numbers'}"
        )
    if not options.plain and cli.can_draw() and cli.may_use_escapes(sys.stdout) and find_spec("textual"):
        from tutorials.viewer import PageApp  # slow, and not needed for plain text

        PageApp(pages, options.name, options.part).run()
        return
    chosen = next((part.text for part in page.parts if options.part == part.number), "")
    show(without_links(chosen) if options.part else page.plain())


def show(text: str) -> None:
    """Print `text`, in a terminal page by page."""
    if cli.has_terminal() and cli.may_use_escapes(sys.stdout):
        pydoc.pager(text)
    else:
        cli.print_text(text)
