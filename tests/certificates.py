"""An authority for the tests, the certificates that it has signed, and contexts that use them."""

import ssl
from datetime import UTC, datetime
from pathlib import Path

import trustme

from core.transports.certificates import client_context, server_context

NAMES = ("localhost", "127.0.0.1", "::1")


class Certificates:
    """The paths of PEM files. Each `.pem` of a server but `server.pem` has the key in it, too."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.ca, self.other_ca = directory / "ca.pem", directory / "other_ca.pem"
        self.server, self.key = directory / "server.pem", directory / "server.key"
        self.expired, self.other_name = directory / "expired.pem", directory / "other_name.pem"
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self.ca)
        trustme.CA().cert_pem.write_to_path(self.other_ca)
        issued = authority.issue_cert(*NAMES)
        self.server.write_bytes(b"".join([each.bytes() for each in issued.cert_chain_pems]))
        issued.private_key_pem.write_to_path(self.key)
        begin, end = datetime(2020, 1, 1, tzinfo=UTC), datetime(2021, 1, 1, tzinfo=UTC)
        expired = authority.issue_cert(*NAMES, not_before=begin, not_after=end)
        expired.private_key_and_cert_chain_pem.write_to_path(self.expired)
        other = authority.issue_cert("example.org")
        other.private_key_and_cert_chain_pem.write_to_path(self.other_name)

    def for_server(self) -> ssl.SSLContext:
        """The context of a server whose certificate is valid."""
        return server_context(str(self.server), str(self.key))

    def for_client(self) -> ssl.SSLContext:
        """The context of a client that trusts the authority."""
        return client_context(str(self.ca))

    @property
    def listen_query(self) -> str:
        """The query of an endpoint string, for a server."""
        return f"?cert={self.server}&key={self.key}"
