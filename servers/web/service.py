"""The web server as a service: its port, its flags, and the tree of its pages."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from http import HTTPStatus
from pathlib import Path

from core import cli
from core.interfaces import ReactorCore
from core.web import Data, EncodingResourceWrapper, File, GzipEncoderFactory, NoResource, Resource, Site
from core.web.answers import Refusal, refusal
from servers.chat.room import ChatRoom
from servers.chat.service import DEFAULT_RATE, add_flood
from servers.hosting.confinement import directory_inside
from servers.hosting.runner import ServerSpec
from servers.web import pages
from servers.web.chat import Chat
from servers.web.layout import FILES, TYPES, Page, SourcePage
from servers.web.monitor import Monitor
from servers.web.streams import Events
from servers.web.upload import Upload

ENTRIES = {
    "/chat": ("Chat", "The chat room: with nc, the chat client, IRC and other browsers."),
    "/clock": ("Clock", "A page that is made for each request, and events that go on."),
    "/calendar": ("Calendar", "A page for each year: the path chooses it."),
    "/files/": ("Files", "A directory of this computer."),
    "/delayed": ("A late answer", "It comes after five seconds. Others are served meanwhile."),
    "/interrupted": ("An interrupted answer", "Leave it early, and the server's log tells of it."),
    "/gzip": ("A compressed page", "5,000 numbers in few bytes."),
    "/upload": ("Upload", "A file of any size, with a progress bar."),
    "/monitor": ("Who is connected", "All sessions of this process, live."),
}
"""The pages on the index, with a sentence about each."""


def directory(text: str) -> Path:
    """For argparse: a directory that exists."""
    found = Path(cli.path(text))
    if not found.is_dir():
        raise ArgumentTypeError(f"there is no directory {text}")
    return found


def add_arguments(parser: ArgumentParser) -> None:
    """Add the flags of this server."""
    add_flood(parser)
    parser.add_argument("--listing", action="store_true", help="list the directories under /files/")
    parser.add_argument("--root", type=directory, metavar="DIR", help="a directory to show under /files/")
    parser.add_argument(
        "--monitor", action="store_true", help="show at /monitor who is connected, with addresses"
    )


def make(options: Namespace, reactor: ReactorCore, room: ChatRoom | None = None) -> Site:
    """Make the site that `options` describe. `room` None: it has a chat room of its own.

    With several workers it has only the pages for which it does not matter which of them answers.
    """
    site = Site(Resource())
    if getattr(options, "workers", None):
        tree = pages_of_workers(options)
    else:
        tree = pages_for(options, reactor, room or ChatRoom(reactor.call_at_turn_end))
        tree["/events"] = Events(reactor)
        if options.monitor:
            tree["/monitor"] = Monitor(reactor, lambda: site.sessions or ())
    root = pages.Index([(path, *texts) for path, texts in ENTRIES.items() if path in tree])
    for path, child in tree.items():
        root.put_child(path.strip("/").encode(), child)
    root.put_child(b"static", static())
    root.put_child(b"source", sources())
    site.resource = root
    return site


def pages_of_workers(options: Namespace) -> dict[str, Resource]:
    """The pages that keep nothing and need no reactor. Exits 2 for --monitor, which shows one process."""
    if options.monitor:
        cli.fail("--monitor shows the sessions of one process: leave it out, or leave out --workers", 2)
    return {"/calendar": pages.Calendar(), "/gzip": compressed(), **files_for(options)}


def pages_for(options: Namespace, reactor: ReactorCore, room: ChatRoom) -> dict[str, Resource]:
    """The pages on the index, by their paths."""
    rate = getattr(options, "flood", DEFAULT_RATE)
    return {
        "/clock": pages.Clock(),
        "/calendar": pages.Calendar(),
        "/delayed": pages.Delayed(reactor),
        "/interrupted": pages.Interrupted(reactor),
        "/gzip": compressed(),
        "/upload": Upload(),
        "/chat": Chat(room, reactor, rate),
        **files_for(options),
    }


def compressed() -> Resource:
    """A page whose answer is compressed."""
    return EncodingResourceWrapper(pages.Numbers(), [GzipEncoderFactory()])


def files_for(options: Namespace) -> dict[str, Resource]:
    """The files of --root, if it is given. Exits 2 for a --listing without it."""
    if options.listing and options.root is None:
        cli.fail("--listing lists the directories below --root: it needs --root", 2)
    return {} if options.root is None else {"/files/": files(root_for(options), options.listing)}


def root_for(options: Namespace) -> Path:
    """The directory of --root, as it is after a chroot. Exits if it lies outside."""
    if (chroot := getattr(options, "chroot", None)) is None:
        return Path(options.root)
    inside = directory_inside(chroot, options.root)
    if inside is None:
        cli.fail(f"--root {options.root} is outside --chroot {chroot}: put it inside")
    return Path(inside)


def files(root: Path, lists_directories: bool) -> File:
    """The tree of files below `root`. Text is UTF-8, and a name with an unknown ending is that of a text."""
    tree = File(root, "text/plain; charset=utf-8")
    tree.content_types = {
        ext: f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
        for ext, kind in File.content_types.items()
    }
    tree.lists_directories = lists_directories
    return tree


def static() -> Resource:
    """The style sheet and the scripts of our pages."""
    found = NoResource()
    for path in FILES.iterdir():
        if path.suffix in TYPES:
            found.put_child(
                path.name.encode(), Data(path.read_bytes(), f"{TYPES[path.suffix]}; charset=utf-8")
            )
    return found


SHOWN: tuple[type[Page], ...] = (
    *(pages.Index, pages.Clock, pages.Calendar, pages.Delayed, pages.Interrupted, pages.Numbers),
    *(Upload, Chat, Monitor),
)
"""The pages that link to their source."""


def sources() -> Resource:
    """The sources of the pages, by their names."""
    found = NoResource()
    for kind in SHOWN:
        found.put_child(kind.name.encode(), SourcePage(kind))
    return found


def encode_refusal(reason: str) -> bytes:
    """The answer to a client over a limit."""
    return refusal(Refusal(HTTPStatus.SERVICE_UNAVAILABLE, reason), f"{reason}\r\n")


SERVICE = ServerSpec(
    "web",
    8880,
    add_arguments=add_arguments,
    stream=make,
    encode_refusal=encode_refusal,
    is_stateless=True,
)
