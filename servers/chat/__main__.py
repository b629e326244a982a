"""The command `python -m servers.chat`: runs the chat server, and prints the events of the chat."""

import sys
from argparse import ArgumentParser, Namespace
from dataclasses import replace

from core.reactor import Reactor
from core.standard_streams import writer
from servers.chat.output import ChatOutput
from servers.chat.protocol import ChatFactory
from servers.chat.service import SERVICE, add_arguments, make
from servers.hosting.runner import run


def add_arguments_with_quiet(parser: ArgumentParser) -> None:
    """Add the flags of the chat and `--quiet`."""
    add_arguments(parser)
    parser.add_argument("--quiet", action="store_true", help="do not print what happens in the chat")


def make_with_output(options: Namespace, reactor: Reactor) -> ChatFactory:
    """Make the factory, and print the events of its room unless `--quiet` is given.

    Workers print nothing: each of them would print the same.
    """
    factory = make(options, reactor)
    if not (options.quiet or options.workers):
        ChatOutput(factory.room, writer(sys.stdout).write)
    return factory


if __name__ == "__main__":
    run(replace(SERVICE, add_arguments=add_arguments_with_quiet, stream=make_with_output))
