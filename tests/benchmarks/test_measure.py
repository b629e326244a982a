"""One run of a benchmark, with the load in C: it is compiled, and continues what Python has set up."""

import socket
from collections.abc import Iterator
from functools import partial

import pytest

from benchmarks.load import Connections, Requests
from benchmarks.measure import compiled, measure, run_in_c
from benchmarks.scenarios import SCENARIOS, Scenario
from benchmarks.servers import ENGINES, Server, serving


@pytest.fixture(scope="module")
def program() -> Iterator[str]:
    with compiled() as path:
        yield path


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(ENGINES[0], "echo", None) as echo:
        yield echo


@pytest.mark.parametrize("scenario", [each for each in SCENARIOS if each.is_in_c])
def test_each_load_runs_in_c_and_says_how_busy_both_sides_were(scenario: Scenario, program: str) -> None:
    run = measure(ENGINES[0], scenario, 0.1, None, partial(run_in_c, program))
    assert run.rate > 0
    assert run.cpu * run.rate == pytest.approx(run.server_busy)
    assert 0 < run.server_busy < 1.5
    assert 0 < run.load_busy < 1.5
    assert 0 < run.p50 <= run.p99


def test_every_answer_of_the_load_in_c_is_one_of_the_servers(program: str, server: Server) -> None:
    client = socket.create_connection(("127.0.0.1", server.port))
    run = run_in_c(program, Requests([client], b"ask", 3, worth=5), server, 0.1)
    single = run_in_c(program, Requests([client], b"ask", 3), server, 0.1)
    assert run.cpu < single.cpu  # an answer counts five times
    client.close()


def test_an_answer_that_is_cut_off_is_an_error(program: str, server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        load = Connections(listening.getsockname()[1], 10, in_flight=1)
        accepted, _ = listening.accept()
        accepted.close()
        with pytest.raises(RuntimeError, match="the load in C failed: load: an answer was cut off"):
            run_in_c(program, load, server, 0.1)
    load.close()


def test_a_server_that_closes_a_connection_is_an_error(program: str, server: Server) -> None:
    ours, theirs = socket.socketpair()
    with ours:
        load = Requests([ours], b"ask", 3)
        theirs.recv(3)
        theirs.close()
        with pytest.raises(RuntimeError, match="the server closed a connection"):
            run_in_c(program, load, server, 0.1)
