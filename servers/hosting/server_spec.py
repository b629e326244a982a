"""The description of a server, from which the runner makes its flags, its factory and its ports."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass

from core.interfaces import ReactorCore
from core.protocols.protocol import DatagramProtocol, Factory
from core.reactor import Reactor


def no_arguments(parser: ArgumentParser) -> None:
    """Add no flags: the default of `ServerSpec.add_arguments`."""


def never(options: Namespace, reactor: Reactor) -> bool:
    """Return False: the default of `ServerSpec.can_divide`."""
    return False


def as_line(reason: str) -> bytes:
    """The reason for a refusal as a line: the default of `ServerSpec.encode_refusal`."""
    return reason.encode() + b"\r\n"


@dataclass(frozen=True)
class ServerSpec:
    """A server: its name, default port and flags, and how to make its factory, datagram protocol or both."""

    name: str
    port: int
    add_arguments: Callable[[ArgumentParser], None] = no_arguments
    stream: Callable[[Namespace, Reactor], Factory] | None = None
    datagram: Callable[[Namespace, ReactorCore], DatagramProtocol] | None = None
    encode_refusal: Callable[[str], bytes] = as_line
    """Encodes the reason for a client over a limit, in the server's protocol."""
    is_stateless: bool = False
    """It keeps nothing between connections, so that --workers can divide it."""
    can_divide: Callable[[Namespace, Reactor], bool] = never
    """Whether, with these options, several processes share what they keep, so that --workers can divide it.

    Each worker makes the factory for itself. The function may exit if what they need does not answer.
    """
