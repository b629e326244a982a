"""Ctrl-C and SIGTERM: the first one stops the reactor in good order, the second ends the process at once."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from core.engine.signals import STOPPING, leave_to_main_thread, restoring, stop_signals
from core.reactor import Reactor
from tests.core.outside import ENGINES, end_of, start
from tests.running import ROOT

SIGNALS = [signal.SIGINT, signal.SIGTERM]

STOPS = """
reactor.call_when_running(lambda: print("ready", flush=True))
reactor.add_system_event_trigger("after", "shutdown", print, "closed")
reactor.run()
reactor.close()
print("stopped")
"""

HANGS = """
import socket
from core import Factory, Protocol, reactor as module

class Flood(Protocol):
    def connection_made(self):
        self.transport.write(b"x" * 50_000_000)
        print("ready", flush=True)

class Floods(Factory):
    protocol = Flood

module.GRACE = 1000.0
port = reactor.listen_tcp(0, Floods())
client = socket.create_connection((port.host.host, port.host.port))
reactor.add_system_event_trigger("during", "shutdown", lambda: print("stopping", flush=True))
reactor.run()
print("stopped")
"""

# They sleep often and briefly: Python's handler of a signal that comes right before a sleep runs after it.
# And a handler that runs within print must not print.
RESTORES = """
import os, time
from core.engine.signals import before_kill

def block():
    print("blocked", flush=True)
    while True:
        time.sleep(0.01)

before_kill.append(lambda: os.write(1, b"restored\\n"))
reactor.call_when_running(block)
reactor.run()
"""


ENDS = """
import os, time
from core.engine.signals import restoring

with restoring(lambda: os.write(1, b"restored\\n")):
    print("blocked", flush=True)
    while True:
        time.sleep(0.01)
"""


EXITS = """
import sys, time
from core.engine.signals import exit_on_signals

exit_on_signals()
try:
    print("ready", flush=True)
    while True:
        time.sleep(0.01)
finally:
    print("ending", flush=True)
    sys.stdin.read()
    print("ended")
"""


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("engine", ENGINES)
def test_a_signal_ends_a_sleeping_program_in_good_order(engine: str, number: signal.Signals) -> None:
    program = start(engine, STOPS)
    assert program.stdout is not None
    assert program.stdout.readline() == b"ready\n"
    program.send_signal(number)
    assert end_of(program) == (0, "closed\nstopped\n", "")


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("engine", ENGINES)
def test_a_second_signal_ends_it_at_once(engine: str, number: signal.Signals) -> None:
    program = start(engine, HANGS)
    assert program.stdout is not None
    assert program.stdout.readline() == b"ready\n"
    program.send_signal(signal.SIGTERM)
    assert program.stdout.readline() == b"stopping\n"
    program.send_signal(number)
    assert end_of(program) == (-number, "", "")


Noted = list[str]


@pytest.fixture
def noted() -> Noted:
    return []


def handlers() -> list[object]:
    return [signal.getsignal(each) for each in STOPPING]


def test_within_the_context_a_signal_calls_stop(noted: Noted, reactor: Reactor) -> None:
    reactor.call_when_running(signal.raise_signal, signal.SIGTERM)
    reactor.add_system_event_trigger("after", "shutdown", noted.append, "stopped")
    reactor.run()
    assert noted == ["stopped"]


def test_a_signal_while_the_program_stops_changes_nothing(
    noted: Noted, reactor: Reactor, caplog: pytest.LogCaptureFixture
) -> None:
    def stop() -> None:
        signal.raise_signal(signal.SIGTERM)
        reactor.stop()

    reactor.call_when_running(stop)
    reactor.run()
    assert not caplog.records


def test_afterwards_everything_is_as_before(reactor: Reactor) -> None:
    before = handlers()
    reactor.call_when_running(signal.raise_signal, signal.SIGTERM)
    reactor.run()
    assert handlers() == before
    wakeup = signal.set_wakeup_fd(-1)
    assert wakeup == -1


def test_after_the_first_signal_the_next_one_is_the_systems_own(noted: Noted) -> None:
    read, write = os.pipe()
    os.set_blocking(write, False)
    with stop_signals(lambda: noted.append("stop"), write):
        signal.raise_signal(signal.SIGTERM)
        assert noted == ["stop"]
        assert handlers() == [signal.SIG_DFL] * len(STOPPING)
    assert os.read(read, 10) == bytes([signal.SIGTERM])
    os.close(read)
    os.close(write)


@pytest.mark.parametrize("number", SIGNALS)
def test_process_1_ends_itself_because_the_system_would_not(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[int] = []
    send = signal.raise_signal
    monkeypatch.setattr(os, "getpid", lambda: 1)
    monkeypatch.setattr(os, "_exit", ended.append)
    monkeypatch.setattr(signal, "raise_signal", lambda number: None)  # process 1 survives it
    read, write = os.pipe()
    os.set_blocking(write, False)
    with stop_signals(lambda: None, write):
        send(number)
        assert ended == []
        send(number)
        assert ended == [128 + number]
    os.close(read)
    os.close(write)


def test_a_second_signal_ends_the_first_process_of_a_container_at_once() -> None:
    """In a PID namespace of its own; unshare(1) ends with the status of its child."""
    source = f"from core import Reactor\n{ENGINES['epoll']}{HANGS}"
    command = ["unshare", "-pf", "--mount-proc", sys.executable, "-c", source]
    program = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert program.stdout is not None
    assert program.stdout.readline() == b"ready\n"
    first = int(Path(f"/proc/{program.pid}/task/{program.pid}/children").read_text())
    os.kill(first, signal.SIGTERM)
    assert program.stdout.readline() == b"stopping\n"
    os.kill(first, signal.SIGTERM)
    assert end_of(program) == (128 + signal.SIGTERM, "", "")


def test_a_second_signal_calls_before_kill_and_then_ends_the_process() -> None:
    program = start("epoll", RESTORES)
    assert program.stdout is not None
    assert program.stdout.readline() == b"blocked\n"
    program.send_signal(signal.SIGINT)
    program.send_signal(signal.SIGTERM)
    assert end_of(program) == (-signal.SIGTERM, "restored\n", "")


@pytest.mark.parametrize("number", [signal.SIGQUIT, signal.SIGHUP, signal.SIGUSR1, signal.SIGALRM])
def test_each_signal_that_ends_the_process_restores_first(number: signal.Signals) -> None:
    program = start("epoll", ENDS)
    assert program.stdout is not None
    assert program.stdout.readline() == b"blocked\n"
    program.send_signal(number)
    assert end_of(program) == (-number, "restored\n", "")


@pytest.mark.parametrize("number", [*SIGNALS, signal.SIGHUP])
def test_a_program_that_has_started_others_ends_them_and_a_second_signal_does_not_disturb_it(
    number: signal.Signals,
) -> None:
    command = [sys.executable, "-c", EXITS]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"ready\n"
        program.send_signal(number)
        assert program.stdout.readline() == b"ending\n"
        program.send_signal(number)
        assert program.communicate()[0] == b"ended\n"
    assert program.returncode == 0


def test_restoring_leaves_the_handlers_as_they_were() -> None:
    before = {number: signal.getsignal(number) for number in signal.valid_signals()}
    with restoring(lambda: None):
        assert signal.getsignal(signal.SIGQUIT) is not signal.SIG_DFL
        assert signal.getsignal(signal.SIGCHLD) is before[signal.SIGCHLD]
    assert {number: signal.getsignal(number) for number in signal.valid_signals()} == before


def test_restoring_leaves_a_handler_that_was_set_meanwhile() -> None:
    def on_signal(number: int, frame: object) -> None:
        """Handled by somebody else."""

    try:
        with restoring(lambda: None):
            signal.signal(signal.SIGUSR1, on_signal)
        assert signal.getsignal(signal.SIGUSR1) is on_signal
    finally:
        signal.signal(signal.SIGUSR1, signal.SIG_DFL)


def test_a_ctrl_c_that_is_ignored_at_the_start_stays_ignored_but_a_sigterm_does_not(reactor: Reactor) -> None:
    ignored = {number: signal.signal(number, signal.SIG_IGN) for number in SIGNALS}
    seen: list[object] = []
    reactor.call_when_running(lambda: seen.extend(signal.getsignal(number) for number in SIGNALS))
    reactor.call_when_running(signal.raise_signal, signal.SIGTERM)
    try:
        reactor.run()
    finally:
        for number, handler in ignored.items():
            signal.signal(number, handler)
    assert seen[0] is signal.SIG_IGN
    assert callable(seen[1])


def test_a_reactor_can_leave_the_signals_alone(reactor: Reactor) -> None:
    seen: list[object] = []
    before = handlers()
    reactor.call_when_running(lambda: seen.extend(handlers()))
    reactor.call_when_running(reactor.stop)
    reactor.run(install_signal_handlers=False)
    assert seen == before


def test_outside_of_the_main_thread_a_reactor_runs_without_signals(reactor: Reactor) -> None:
    seen: list[object] = []
    before = handlers()
    reactor.call_when_running(lambda: seen.extend(handlers()))
    reactor.call_when_running(reactor.stop)
    thread = threading.Thread(target=reactor.run)
    thread.start()
    thread.join()
    assert seen == before


def test_a_thread_that_leaves_signals_to_the_main_thread_blocks_all_that_can_be_blocked() -> None:
    masks: list[set[int]] = []

    def run() -> None:
        leave_to_main_thread()
        masks.append({*signal.pthread_sigmask(signal.SIG_BLOCK, ())})

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGWINCH} <= masks[0]
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
