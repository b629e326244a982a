"""Copies the code that a lesson quotes into the lesson, so that no listing gets out of date.

In a document a marker line stands before a fenced block, and this tool writes the content of the block:

    [//]: # (quote core/transports/stream.py StreamTransport.on_readable)
    [//]: # (quote core/transports/stream.py StreamTransport head no-docstring)
    [//]: # (quote core/reactor.py Reactor example)
    [//]: # (quote examples/echo.py)

The marker is a link definition that no link uses: Markdown does not show it. A symbol is the dotted name of a
class, a function, a method or a variable. Without one the whole file is quoted. `head` stops before a class's
first method, `no-docstring` leaves the docstring out, `example` is the program in the docstring. Quotes name
symbols, because a line number would be wrong after the next edit of the file; a symbol that no longer exists
is reported. MISTAKES.md is written by the same command, from the table in core/mistakes/table.py.
"""

import argparse
import ast
import re
import sys
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from textwrap import dedent

from tutorials import mistakes

ROOT = Path(__file__).parent.parent

# The fence is optional, so that a marker without a fence is found, and reported.
QUOTE = re.compile(
    r"^\[//\]: # \(quote (?P<source>.+)\)\n"
    r"(?:(?P<opening>\n*(?P<fence>```+).*\n)(?P<code>(?:.*\n)*?)(?P=fence)$)?",
    re.MULTILINE,
)

NOTE = re.compile(r"  # type: ignore\[.*\]$")
"""A note to the type checker, which is left out."""

# A program in a docstring: from its import to the line that runs it.
EXAMPLE = re.compile(r"^ *(?:from \S+ )?import .+\n(?:.*\n)+? *reactor\.run\(\)(?:\n|$)", re.MULTILINE)

Function = ast.FunctionDef | ast.AsyncFunctionDef
Scope = ast.ClassDef | Function


def names(statement: ast.stmt) -> list[str]:
    """The names that `statement` defines."""
    match statement:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return [name]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
        case ast.Assign(targets=targets):
            return [target.id for target in targets if isinstance(target, ast.Name)]
    return []


def body_of(statement: ast.stmt) -> list[ast.stmt]:
    """The statements inside `statement`, if it is a class or a function."""
    return statement.body if isinstance(statement, Scope) else []


def find(body: list[ast.stmt], symbol: str) -> ast.stmt:
    """The first definition of the dotted name `symbol` in `body`. Raises LookupError if there is none."""
    name, _, rest = symbol.partition(".")
    for statement in body:
        if name in names(statement):
            return find(body_of(statement), rest) if rest else statement
    raise LookupError(f"there is no {name}")


def first_line(node: ast.stmt) -> int:
    """The line number at which `node` begins, including its decorators."""
    decorators = node.decorator_list if isinstance(node, Scope) else []
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def last_line(node: ast.stmt) -> int:
    """The line number at which `node` ends."""
    return node.end_lineno or node.lineno


def head_end(node: ast.stmt) -> int:
    """The last line before the first method of the class `node`. Raises LookupError if it is not a class."""
    if not isinstance(node, ast.ClassDef):
        raise LookupError("only a class has a head")
    head = list(takewhile(lambda statement: not isinstance(statement, Function), node.body))
    return last_line(head[-1]) if head else first_line(node.body[0]) - 1


def docstring_lines(node: ast.stmt, lines: list[str]) -> range:
    """The lines of the docstring of `node` and a blank line after it. Empty if `node` has no other code."""
    match body_of(node):
        case [ast.Expr(value=ast.Constant(value=str())) as docstring, _, *_]:
            after = last_line(docstring) + 1
            return range(docstring.lineno, after if lines[after - 1].strip() else after + 1)
    return range(0)


def example(node: ast.stmt) -> str:
    """The program in the docstring of `node`. Raises LookupError if there is none."""
    docstring = ast.get_docstring(node) if isinstance(node, Scope) else None
    program = EXAMPLE.search(docstring or "")
    if program is None:
        raise LookupError("it has no example")
    return dedent(program[0]).strip("\n") + "\n"


def excerpt(source: str, symbol: str = "", *options: str) -> str:
    """The code of `symbol` in `source`, dedented, with a final newline.

    Raises LookupError if `symbol` or an option is unknown, SyntaxError if `source` is not Python.
    """
    if not symbol:
        return source.strip("\n") + "\n"
    if unknown := set(options) - {"head", "no-docstring", "example"}:
        raise LookupError(f"there is no option {unknown.pop()}")
    lines = source.split("\n")  # as ast counts lines; `splitlines` also splits at a form feed
    node = find(ast.parse(source).body, symbol)
    if "example" in options:
        return example(node)
    end = head_end(node) if "head" in options else last_line(node)
    skipped = docstring_lines(node, lines) if "no-docstring" in options else range(0)
    kept = [lines[number - 1] for number in range(first_line(node), end + 1) if number not in skipped]
    return "".join(NOTE.sub("", line).removeprefix(" " * node.col_offset) + "\n" for line in kept)


def fill_in(text: str, root: Path) -> tuple[str, list[str]]:
    """Replace the quotes in `text` by the present code under `root`.

    Returns the new text, and a complaint, with the marker's line number, for each quote that was out of date.
    A quote whose code is not found stays as it is, and gets a complaint too.
    """
    complaints = []

    def replacement(quote: re.Match[str]) -> str:
        place = f"{text.count(chr(10), 0, quote.start()) + 1}: {quote['source']}"
        if quote["fence"] is None:
            complaints.append(f"{place}: no fenced block follows")
            return quote[0]
        path, *symbol = quote["source"].split()
        try:
            code = excerpt((root / path).read_text("utf-8"), *symbol)
        except (LookupError, OSError, SyntaxError) as error:
            complaints.append(f"{place}: {error}")
            return quote[0]
        if code != quote["code"]:
            complaints.append(f"{place}: out of date. Run `make quotes`.")
        return f"[//]: # (quote {quote['source']})\n{quote['opening']}{code}{quote['fence']}"

    return QUOTE.sub(replacement, text), complaints


def documents(root: Path) -> Iterator[Path]:
    """The documents that may contain quotes."""
    yield from root.glob("README.md")
    yield from sorted((root / "tutorials").rglob("*.md"))


def refresh(root: Path, check: bool) -> list[str]:
    """Update all quotes, or with `check` only compare them. Returns the complaints that remain."""
    complaints = refresh_mistakes(root / "tutorials" / "MISTAKES.md", check)
    for document in documents(root):
        text = document.read_text("utf-8")
        filled, wrong = fill_in(text, root)
        if not check and filled != text:
            document.write_text(filled, "utf-8")
            _, wrong = fill_in(filled, root)
        complaints += [f"{document.relative_to(root)}:{complaint}" for complaint in wrong]
    return complaints


def refresh_mistakes(path: Path, check: bool) -> list[str]:
    """Write the page about the mistakes, or with `check` only compare it."""
    if not path.exists() or path.read_text("utf-8") == mistakes.page():
        return []
    if check:
        return [f"{path.name}: out of date. Run `make quotes`."]
    path.write_text(mistakes.page(), "utf-8")
    return []


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Run the command with `arguments`. Returns its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tutorials.quotes",
        description="Copy the code that the lessons and the README quote from the source files.",
        epilog="example: python -m tutorials.quotes --check",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="change nothing; report quotes that are out of date or whose code is missing",
    )
    complaints = refresh(root, parser.parse_args(arguments).check)
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
