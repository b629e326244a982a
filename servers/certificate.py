"""Certificates for a class: an authority of its own, and a certificate for the servers on this machine.

The lesson: a client trusts a server because an authority has signed the server's certificate. This command
is the authority. It signs one certificate and forgets its own key, so there cannot be another one.
"""

import os
import re
import shlex
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core import cli
from core.endpoints import LOOPBACK, TLSEndpoint
from core.errors import in_words
from servers.hosting.addresses import own_addresses

DAYS = 365
"""The days that the certificate is valid. Phones accept at most 825."""

LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9]|-(?!-)){0,61}(?<!-)"
HOST_NAME = re.compile(rf"{LABEL}(?:\.{LABEL})*")
FILES = ("ca.pem", "server.pem", "server.key")


def own_names() -> list[str]:
    """The names and the addresses of this machine."""
    name = socket.gethostname()
    named = [name, f"{name.partition('.')[0]}.local"] if HOST_NAME.fullmatch(name) else []
    return list(
        dict.fromkeys(["localhost", *named, LOOPBACK, "::1", *own_addresses("0.0.0.0"), *own_addresses("::")])
    )


def make_files(names: list[str], until: datetime) -> dict[str, bytes]:
    """The contents of FILES, for a server with these names. ValueError for a name that is none."""
    import trustme

    authority = trustme.CA(
        organization_name="Reactor School", organization_unit_name="a classroom's authority"
    )
    begin = datetime.now(UTC) - timedelta(days=1)  # the clocks of a class differ
    issued = authority.issue_cert(
        *names, organization_name="Reactor School", not_before=begin, not_after=until
    )
    chain = b"".join([each.bytes() for each in issued.cert_chain_pems])
    return dict(zip(FILES, (authority.cert_pem.bytes(), chain, issued.private_key_pem.bytes()), strict=True))


def write(path: Path, data: bytes, mode: int) -> None:
    """Make a new file, which has `mode` from the beginning. OSError if there is one."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(data)


def save(directory: Path, files: dict[str, bytes], replaces: bool) -> None:
    """Write the files. Exits 1 if one exists and must not be replaced, or cannot be written."""
    path = directory
    try:
        directory.mkdir(parents=True, exist_ok=True)
        there = [name for name in FILES if os.path.lexists(directory / name)]
        if there and not replaces:
            cli.fail(
                f"{directory / there[0]} exists, and a client that trusts it would refuse a new one: "
                "keep it, choose another --dir, or replace it with --force"
            )
        for name in there:
            path = directory / name
            path.unlink()
        for name, data in files.items():
            path = directory / name
            write(path, data, 0o600 if name.endswith(".key") else 0o644)
    except OSError as error:
        cli.fail(f"cannot write {path}: {in_words(error)}")


def commands(directory: Path) -> tuple[str, str]:
    """The commands for a server with this certificate, and for its client."""
    ca, cert, key = (str(directory / name) for name in FILES)
    server = TLSEndpoint(LOOPBACK, 8443, cert, key)
    client = TLSEndpoint("localhost", 8443, ca=ca)
    return (
        f"python -m servers.chat --listen {shlex.quote(str(server))}",
        f"python -m clients.chat --connect {shlex.quote(str(client))}",
    )


def main() -> None:
    """Run the command `python -m servers.certificate`."""
    command = cli.command()
    parser = cli.Parser(command, "make a certificate for TLS", f"{command} --dir tls", has_reactor=False)
    parser.add_argument("--dir", type=cli.path, default=".", metavar="DIR", help="where to write the files")
    parser.add_argument("--name", action="append", help="one more name or address of the server; repeatable")
    parser.add_argument("--force", action="store_true", help="replace the files of an earlier run")
    options = parser.parse_args()
    cli.require("trustme")
    names = list(dict.fromkeys([*own_names(), *(options.name or ())]))
    until = datetime.now(UTC) + timedelta(days=DAYS)
    try:
        files = make_files(names, until)
    except (ValueError, UnicodeError) as error:
        parser.error(f"argument --name: {' or '.join(options.name or ())} is not a name of a host: {error}")
    directory = Path(options.dir)
    save(directory, files, options.force)
    server, client = commands(directory)
    cli.print_lines(
        f"{directory / 'ca.pem'}      the authority: the clients need it",
        f"{directory / 'server.pem'}  the certificate, until {until:%Y-%m-%d}, for {', '.join(names)}",
        f"{directory / 'server.key'}  its key: it stays on this machine",
        "start a server with",
        f"  {server}",
        "connect to it with",
        f"  {client}",
    )


if __name__ == "__main__":
    main()
