"""The flags of `python -m clients.fetch`, and the Job that they describe."""

import os
import re
import sys
from argparse import ArgumentTypeError, Namespace
from collections.abc import AsyncGenerator
from contextlib import closing
from typing import BinaryIO

from clients.fetch.download import Download, Job
from clients.runner import seconds
from core import cli
from core.errors import CertificateError, in_words
from core.interfaces import TLSContext
from core.reactor import Reactor
from core.standard_streams import is_terminal
from core.threads import defer_to_thread
from core.web.client import URI, AsyncBodyProducer, BodyProducer, FileBodyProducer, StringProducer
from core.web.client.uri import DEFAULT_PORTS, checked_method
from core.web.headers import Headers

PIECE = 65536

NOT_VISIBLE = re.compile(rb"[^\x21-\x7e]")


def url(text: str) -> bytes:
    """For argparse: a URL as bytes. Without a scheme it is http. Letters beyond ASCII are encoded."""
    scheme, separator, rest = text.partition("://") if "://" in text else ("http", "://", text)
    end = min([at for mark in "/?#" if (at := rest.find(mark)) >= 0], default=len(rest))
    try:
        host = rest[:end] if rest[:end].isascii() else rest[:end].encode("idna").decode()
        quoted = NOT_VISIBLE.sub(_quote, os.fsencode(scheme + separator + host + rest[end:]))
        found = URI.from_bytes(quoted)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None
    if found.scheme not in DEFAULT_PORTS:
        raise ArgumentTypeError(f"{text!r} is neither http:// nor https://")
    return quoted


def _quote(found: re.Match[bytes]) -> bytes:
    return b"%%%02X" % found[0][0]


def method(text: str) -> bytes:
    """For argparse: a method."""
    try:
        return checked_method(os.fsencode(text))
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


def header(text: str) -> tuple[str, str]:
    """For argparse: a header, `Name: value`."""
    name, colon, value = text.partition(":")
    try:
        Headers().add_raw_header(name, value.strip())
    except ValueError:
        colon = ""
    if not colon:
        raise ArgumentTypeError(f"{text!r} is no header; a right one looks like 'Accept: text/plain'")
    return name, value.strip()


def make_parser() -> cli.Parser:
    """Return the parser of all flags."""
    example = "python -m clients.fetch http://127.0.0.1:8880/files/big.iso --output big.iso --continue"
    parser = cli.Parser("clients.fetch", "fetch a page or a file by HTTP, and print or store it", example)
    parser.add_argument("url", type=url, metavar="URL", help="http://… or https://…")
    parser.add_argument("--method", type=method, help="GET, or POST with --data")
    parser.add_argument("--data", metavar="TEXT|@FILE", help="the body of the request; @- is stdin")
    help = "a header of the request; may be given several times"
    parser.add_argument("--header", type=header, action="append", default=[], metavar="HEADER", help=help)
    parser.add_argument("--output", type=cli.path, metavar="FILE", help="store the body there")
    help = "fetch only what FILE lacks; all of it if the server has changed it or knows no ranges"
    parser.add_argument("--continue", dest="resume", action="store_true", help=help)
    parser.add_argument("--fail", action="store_true", help="exit 22 on an HTTP error, and print no body")
    parser.add_argument(
        "--ca", type=cli.path, metavar="FILE", help="trust the authority with this certificate"
    )
    parser.add_argument("--insecure", action="store_true", help="accept any certificate")
    help = "give up when nothing comes for so long; 0: wait for ever"
    parser.add_argument("--timeout", type=seconds, default=60.0, metavar="SECONDS", help=help)
    return parser


def check(parser: cli.Parser, options: Namespace) -> None:
    """Exit 2 if the flags do not fit together."""
    if options.output == "-":
        options.output = None
    if options.resume and options.output is None:
        parser.error("--continue needs --output FILE, the file to go on with")
    if options.resume and (options.data is not None or options.method not in (None, b"GET")):
        parser.error("--continue goes on with a GET only: leave out --method and --data")
    if options.insecure and options.ca:
        parser.error("--insecure uses no authority: leave out --ca or --insecure")


def body(data: str | None, reactor: Reactor) -> BodyProducer | None:
    """The producer of the request's body. Exits 1 if the file cannot be read."""
    if data is None:
        return None
    if not data.startswith("@"):
        return StringProducer(os.fsencode(data))
    try:
        file = open(0 if data == "@-" else data[1:], "rb", buffering=0)  # noqa: SIM115 - the producer closes it
        return FileBodyProducer(file) if file.seekable() else AsyncBodyProducer(pieces(reactor, file))
    except (OSError, ValueError) as error:
        cli.fail(f"fetch: cannot read {data[1:]}: {in_words(error)}")


async def pieces(reactor: Reactor, pipe: BinaryIO) -> AsyncGenerator[bytes, None]:
    """The data of a pipe or a terminal. A thread reads it, because reading waits until there is some."""
    with pipe:
        while data := await defer_to_thread(reactor, pipe.read, PIECE):
            yield data


def tls_context(options: Namespace) -> TLSContext | None:
    """The context for https; None for http, which needs none. Exits 1 if --ca cannot be used."""
    if not options.url.startswith(b"https:") and not (options.ca or options.insecure):
        return None
    from core.transports.certificates import client_context  # which imports ssl

    try:
        return client_context(options.ca or "", verify=not options.insecure)
    except CertificateError as error:
        cli.fail(f"fetch: {error}")


def job(options: Namespace, reactor: Reactor) -> Job:
    """The job that the flags describe."""
    headers = Headers()
    headers.set_raw_headers("User-Agent", ["reactor-school-fetch"])
    headers.set_raw_headers("Accept", ["*/*"])
    if options.data is not None:
        headers.set_raw_headers("Content-Type", ["application/x-www-form-urlencoded"])
    for name in {name for name, _ in options.header}:
        headers.remove_header(name)
    for name, value in options.header:
        headers.add_raw_header(name, value)
    method = options.method or (b"GET" if options.data is None else b"POST")
    flags = options.output, options.resume, options.fail, options.timeout
    return Job(options.url, method, headers, body(options.data, reactor), *flags)


def main() -> None:
    """The command `python -m clients.fetch`."""
    parser = make_parser()
    options = parser.parse_args()
    check(parser, options)
    cli.start_logging(options.log_level)
    if options.insecure and options.url.startswith(b"https:") and is_terminal(sys.stderr):
        cli.print_error("fetch: warning: --insecure: whoever is in between can read and change everything")
    with closing(cli.make_reactor(options.reactor)) as reactor:
        Download(reactor, job(options, reactor), tls_context(options)).run()
