"""A page that lists the files of a directory."""

from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from core.web.request import Request
from core.web.resources import Resource

STYLE = "body{font-family:sans-serif;margin:2em}td,th{padding:.2em 1em;text-align:left}td+td{opacity:.7}"


@dataclass(frozen=True)
class Row:
    """A file in a listing. The name of a directory ends in a slash."""

    name: str
    size: str
    type: str
    encoding: str


class DirectoryLister(Resource):
    """Lists `rows`, the files of the directory `title`."""

    def __init__(self, title: str, rows: list[Row]) -> None:
        self.title = title
        self.rows = rows

    def render_GET(self, request: Request) -> bytes:
        request.set_header(b"Content-Type", b"text/html; charset=utf-8")
        title = escape(f"Files in {self.title}")
        rows = "\n".join(map(self._row, self.rows))
        return f"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>{title}</title>
<style>{STYLE}</style></head>
<body><h1>{title}</h1>
<table>
<tr><th>name</th><th>bytes</th><th>type</th><th>encoding</th></tr>
{rows}
</table></body>
</html>
""".encode()

    @staticmethod
    def _row(row: Row) -> str:
        link = f'<a href="./{quote(row.name)}">{escape(row.name)}</a>'
        cells = (link, *map(escape, (row.size, row.type, row.encoding)))
        return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
