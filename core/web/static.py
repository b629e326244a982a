"""File: a file, or a tree of files, as pages.

No path leads out of the tree: not by dots, not encoded, and not by a link. A path out of it is not found.
"""

import mimetypes
import os
import stat
from collections.abc import Iterator, Sequence
from functools import lru_cache
from glob import escape, glob
from io import FileIO
from typing import BinaryIO

from core.interfaces import PushProducer
from core.web.encoding import accepts_gzip, add_vary
from core.web.listing import DirectoryLister, Row
from core.web.pages import redirect_to
from core.web.ranges import Part, choose_parts
from core.web.rendering import CACHED, NOT_DONE_YET, Rendered, RenderResult
from core.web.request import Request
from core.web.resources import ForbiddenResource, NoResource, Resource

PIECE = 65536
"""The bytes of a file that are read at once. A smaller file is sent in one piece."""

SEPARATORS = {"/", "\\", "\0", *([":"] if os.name == "nt" else [])}
"""Characters that no name of a file has, on this system or on another one."""

MORE_TYPES = {
    **dict.fromkeys((".conf", ".diff", ".log", ".md", ".patch"), "text/plain"),
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}


CONTENT_TYPES = {**mimetypes.MimeTypes().types_map[True], **MORE_TYPES}
CONTENT_ENCODINGS = {".gz": "gzip", ".bz2": "bzip2"}


class File(Resource):
    """The file at `path`. If it is a directory, the files in it are the children.

    `default_type` is the content type of names with an unknown ending. With an ending in `ignored_exts`,
    `page.html` answers for `page`; "*" stands for any ending.
    """

    content_types = CONTENT_TYPES
    content_encodings = CONTENT_ENCODINGS
    index_names: Sequence[str] = ("index", "index.html", "index.htm")
    lists_directories = False
    """Whether a directory without an index is listed. Otherwise it is forbidden."""

    child_not_found: Resource = NoResource("There is no such file.")
    forbidden: Resource = ForbiddenResource("This file is not for you.")
    type: str | None = None
    """The content type, once it has been served; it may be set before."""

    encoding: str | None = None

    def __init__(
        self,
        path: str | os.PathLike[str],
        default_type: str = "text/html",
        ignored_exts: Sequence[str] = (),
    ) -> None:
        self.path = os.fsdecode(path)
        self.default_type = default_type
        self.ignored_exts = list(ignored_exts)
        self._root = self.path
        self._found: os.stat_result | None = (
            None  # the status that get_child has found, until the file is served
        )

    def ignore_ext(self, ext: str) -> None:
        """Let a name without its ending `ext` (".html") be found, too."""
        self.ignored_exts.append(ext)

    # --- directories

    def get_child(self, path: bytes, request: Request) -> Resource:
        """The file with this name in the directory; for an empty name, the index or the listing."""
        try:
            name = path.decode()
        except UnicodeDecodeError:
            return self.child_not_found
        if not name:
            is_last = not request.postpath and os.path.isdir(self.path)
            return self._index() if is_last else self.child_not_found
        if name in (".", "..") or not SEPARATORS.isdisjoint(name):
            return self.child_not_found
        child = f"{self.path}{os.sep}{name}"
        if (status := self._status(child)) is not None:
            return self._similar(child, status)
        return next(self._without_ending(child), self.child_not_found)

    def _index(self) -> Resource:
        for name in self.index_names:
            path = os.path.join(self.path, name)
            if is_file(self._status(path)):
                return self._similar(path)
        return self.directory_listing() if self.lists_directories else self.forbidden

    def _without_ending(self, path: str) -> Iterator[Resource]:
        """The files that are named `path` with one of the ignored endings."""
        for ext in self.ignored_exts:
            for found in sorted(glob(escape(path) + ".*")) if ext == "*" else [path + ext]:
                if (status := self._status(found)) is not None:
                    yield self._similar(found, status)

    def _status(self, path: str) -> os.stat_result | None:
        """The status of `path`, in this directory. None unless it is a file or a directory in the tree.

        A link that leads out of the tree is not in it. A pipe or a device would block the reactor.
        """
        try:
            status = os.lstat(path)
            if stat.S_ISLNK(status.st_mode):
                root, real = os.path.realpath(self._root), os.path.realpath(path)
                status = os.stat(real)
                if os.path.commonpath([root, real]) != root:
                    return None
        except (OSError, ValueError):
            return None
        return status if stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode) else None

    def _similar(self, path: str, status: os.stat_result | None = None) -> "File":
        """A page for another file of the tree, with the same settings. `status` is that of the file."""
        similar = type(self).__new__(type(self))
        similar.__dict__.update(self.__dict__)
        for name in ("type", "encoding", "children"):
            similar.__dict__.pop(name, None)
        similar.path, similar._found = path, status
        return similar

    def list_names(self) -> list[str]:
        """The names in the directory, in order; none for a file. Names that are no UTF-8 are left out."""
        try:
            return sorted(name for name in os.listdir(self.path) if name.isprintable() or _is_text(name))
        except NotADirectoryError:
            return []

    def list_entities(self) -> list["File"]:
        """The files in the directory, in the order of their names."""
        return [self._similar(os.path.join(self.path, name)) for name in self.list_names()]

    def directory_listing(self) -> Resource:
        """A page that lists the files in the directory."""
        files = [file for file in self.list_entities() if self._status(file.path) is not None]
        return DirectoryLister(os.path.basename(self.path), [file.row() for file in files])

    def row(self) -> Row:
        """The row for this file in a listing."""
        name = os.path.basename(self.path)
        if os.path.isdir(self.path):
            return Row(name + "/", "", "directory", "")
        content_type, encoding = self._type()
        return Row(name, f"{self.get_file_size():,}", content_type, encoding or "")

    # --- files

    def get_file_size(self) -> int:
        """The number of bytes of the file."""
        return (self._found or os.stat(self.path)).st_size

    def open_for_reading(self) -> BinaryIO:
        """Open the file. It is closed when the answer is complete, or when the client has gone."""
        return FileIO(self.path)

    def render_GET(self, request: Request) -> RenderResult:
        """Answer with the file, or with the parts of it that the request asks for."""
        try:
            status = self._found or os.stat(self.path)
        except OSError:
            return self.child_not_found.render(request)
        if stat.S_ISDIR(status.st_mode):
            return redirect_to(b"/" + request.path.strip(b"/") + b"/", request)
        if not is_file(status):
            return self.child_not_found.render(request)
        if self.type is None:
            self.type, self.encoding = self._type()
        served = self._compressed(request, status)
        try:
            file = served.open_for_reading()
        except FileNotFoundError:
            return self.child_not_found.render(request)
        except PermissionError:
            return self.forbidden.render(request)
        return served.send(request, file, status if served is self else os.stat(served.path))

    def send(self, request: Request, file: BinaryIO, status: os.stat_result) -> Rendered:
        """Answer with the open `file`, and close it."""
        result: Rendered = b""
        try:
            result = self._send(request, file, status)
        finally:
            self._found = None
            if result is not NOT_DONE_YET:
                file.close()
        return result

    def _send(self, request: Request, file: BinaryIO, status: os.stat_result) -> Rendered:
        headers = request.response_headers
        headers.put(b"Accept-Ranges", b"bytes")
        tag = b'"%x-%x"' % (status.st_mtime_ns, status.st_size)
        if request.set_etag(tag) is CACHED or request.set_last_modified(int(status.st_mtime)) is CACHED:
            return b""
        if self.encoding is not None:
            request.set_header(b"Content-Encoding", self.encoding)
        size = self.get_file_size()
        parts = choose_parts(request, size, (self.type or self.default_type).encode(), tag)
        length = sum([len(head) + length for head, _, length in parts])
        headers.put(b"Content-Length", b"%d" % length)
        if request.method == b"HEAD":
            return b""
        if length <= PIECE and parts == [(b"", 0, size)]:
            return file.read(length)
        if length <= PIECE:
            return b"".join([head + _read(file, offset, length) for head, offset, length in parts])
        FileProducer(request, file, parts).start()
        return NOT_DONE_YET

    def _type(self) -> tuple[str, str | None]:
        """The content type by the ending of the name, and the encoding, if the last ending is one."""
        before, ext = endings(self.path)
        encoding = self.content_encodings.get(ext)
        return self.content_types.get(ext if encoding is None else before, self.default_type), encoding

    def _compressed(self, request: Request, status: os.stat_result) -> "File":
        """The file to send for this one: `NAME.gz` beside it, if it is as new and the client takes gzip."""
        path = self.path + ".gz"
        if self.encoding is not None or not os.access(path, os.F_OK):  # which costs no exception
            return self
        compressed_status = self._status(path)
        if compressed_status is None or not is_file(compressed_status):
            return self
        add_vary(request.response_headers)
        wanted = accepts_gzip(request.request_headers) and request.get_header(b"Range") is None
        if not wanted or compressed_status.st_mtime < status.st_mtime:
            return self
        compressed = self._similar(path)
        compressed.type, compressed.encoding = self.type, "gzip"
        return compressed


@lru_cache(1024)
def endings(path: str) -> tuple[str, str]:
    """The last two endings of `path` in lower case, such as (".tar", ".gz"). One that is missing is empty."""
    base, last = os.path.splitext(path.lower())
    return os.path.splitext(base)[1], last


def is_file(status: os.stat_result | None) -> bool:
    """Whether this is the status of a regular file, and not of a directory."""
    return status is not None and stat.S_ISREG(status.st_mode)


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _read(file: BinaryIO, offset: int, length: int) -> bytes:
    file.seek(offset)
    return file.read(length)


class FileProducer(PushProducer):
    """Sends parts of a file, as fast as the client reads them."""

    def __init__(self, request: Request, file: BinaryIO, parts: list[Part]) -> None:
        self._request = request
        self._file = file
        self._parts = parts[::-1]  # the last one is sent next
        self._remaining = 0  # of the part that is being sent
        self._is_paused = False

    def start(self) -> None:
        """Send until the transport pauses this producer."""
        self._request.notify_finish().add_both(self._close)
        self._request.register_producer(self, True)
        self.resume_producing()

    def _close(self, _: object) -> None:
        self._is_paused = True
        self._file.close()

    def pause_producing(self) -> None:
        self._is_paused = True

    def resume_producing(self) -> None:
        self._is_paused = False
        while not self._is_paused:
            if self._remaining:
                self._send_piece()
            elif self._parts:
                head, offset, self._remaining = self._parts.pop()
                self._file.seek(offset)
                self._request.write(head)
            else:
                self._is_paused = True
                self._request.unregister_producer()
                self._request.finish()

    def _send_piece(self) -> None:
        data = self._file.read(min(PIECE, self._remaining))
        self._remaining = self._remaining - len(data) if data else 0  # the file has become shorter
        self._request.write(data)
