"""Runs a program in a simulated bad network, for `run --weather`: wraps its factories and UDP protocols.

Usage: python -m tutorials.weathered WEATHER FILE [ARGUMENT …]
The weather is inside of the program's process, so a cut is exact: the kernel cannot join the pieces again.
"""

import runpy
import sys
from collections.abc import Callable
from functools import partialmethod
from pathlib import Path

from core.formats.weather import Weather, parse
from core.protocols.protocol import DatagramProtocol, Factory
from core.reactor import Reactor
from core.weather import WeatherDatagrams, WeatherFactory


def simulate(weather: Weather) -> None:
    """From now on all connections and UDP sockets of all reactors in this process are in `weather`."""

    def wrap(given: object, reactor: Reactor) -> object:
        if isinstance(given, Factory):
            return WeatherFactory(given, weather, reactor)
        return WeatherDatagrams(given, weather, reactor) if isinstance(given, DatagramProtocol) else given

    for name in ("listen_tcp", "connect_tcp", "listen_udp"):

        def call(self: Reactor, *given: object, inner: Callable[..., object], **named: object) -> object:
            wrapped = [wrap(each, self) for each in given]
            return inner(self, *wrapped, **{key: wrap(each, self) for key, each in named.items()})

        inner: Callable[..., object] = getattr(Reactor, name)
        setattr(Reactor, name, partialmethod(call, inner=inner))


def main(spec: str, file: str, arguments: list[str]) -> None:
    """Run `file` as `python FILE ARGUMENT …` does, in the weather `spec`."""
    simulate(parse(spec))
    sys.argv = [file, *arguments]
    sys.path.insert(0, str(Path(file).parent))
    runpy.run_path(file, run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
