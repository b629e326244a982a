"""Service and MultiService: names, parents, the order of starts and stops, and that Twisted's do the same."""

import copy
import logging
import pickle
from collections.abc import Callable

import pytest
from twisted.application import service as twisted

from core.deferred import Deferred
from core.protocols.protocol import Factory
from core.reactor import Reactor
from core.services import Application, MultiService, Service, TCPServer, start_application
from tests.conftest import turn_until


class Recording(Service):
    """A service that records its calls in a list."""

    def __init__(self, calls: list[str], name: str) -> None:
        self.calls = calls
        self.stopped: Deferred[None] | None = None
        self.set_name(name)

    def privileged_start_service(self) -> None:
        super().privileged_start_service()
        self.calls.append(f"{self.name} prepares")

    def start_service(self) -> None:
        super().start_service()
        self.calls.append(f"{self.name} starts")

    def stop_service(self) -> Deferred[None] | None:
        super().stop_service()
        self.calls.append(f"{self.name} stops")
        return self.stopped


class TwistedRecording(twisted.Service):
    """The same with Twisted's names."""

    def __init__(self, calls: list[str], name: str) -> None:
        self.calls = calls
        self.setName(name)

    def privilegedStartService(self) -> None:
        self.calls.append(f"{self.name} prepares")

    def startService(self) -> None:
        super().startService()
        self.calls.append(f"{self.name} starts")

    def stopService(self) -> None:
        super().stopService()
        self.calls.append(f"{self.name} stops")


def group(*names: str) -> tuple[MultiService, list[Recording], list[str]]:
    """A MultiService with recording services, which share the returned list of calls."""
    calls: list[str] = []
    parent = MultiService()
    children = [Recording(calls, name) for name in names]
    for child in children:
        child.set_service_parent(parent)
    return parent, children, calls


def test_a_service_runs_from_its_start_to_its_stop() -> None:
    service = Service()
    assert (service.name, service.parent, service.running) == (None, None, False)
    service.privileged_start_service()
    service.start_service()
    assert service.running
    assert service.stop_service() is None
    assert not service.running


def test_a_group_starts_in_order_and_stops_in_the_reverse_order_as_in_twisted() -> None:
    parent, children, calls = group("a", "b")
    parent.privileged_start_service()
    parent.start_service()
    Recording(calls, "late").set_service_parent(parent)
    children[0].disown_service_parent()
    parent.stop_service()

    expected: list[str] = []
    theirs = twisted.MultiService()
    first, second, late = (TwistedRecording(expected, name) for name in ("a", "b", "late"))
    first.setServiceParent(theirs)
    second.setServiceParent(theirs)
    theirs.privilegedStartService()
    theirs.startService()
    late.setServiceParent(theirs)
    first.disownServiceParent()
    theirs.stopService()

    assert calls == expected
    assert calls[:4] == ["a prepares", "b prepares", "a starts", "b starts"]
    assert calls[4:] == ["late prepares", "late starts", "a stops", "late stops", "b stops"]


def test_a_group_knows_its_services_by_name() -> None:
    parent, children, _ = group("a", "b")
    assert list(parent) == parent.services == children
    assert parent.get_service_named("b") is children[1]
    assert children[0].parent is parent
    with pytest.raises(KeyError):
        parent.get_service_named("c")
    with pytest.raises(RuntimeError, match="'a'"):
        Recording([], "a").set_service_parent(parent)
    assert list(parent) == children


def test_a_service_keeps_its_name_while_it_has_a_parent() -> None:
    _, (child,), _ = group("a")
    with pytest.raises(RuntimeError, match="rename"):
        child.set_name("b")
    child.disown_service_parent()
    child.set_name("b")
    assert (child.name, child.parent) == ("b", None)
    with pytest.raises(RuntimeError, match="no parent"):
        child.disown_service_parent()


def test_a_service_that_gets_another_parent_leaves_the_first_one() -> None:
    first, (child,), calls = group("a")
    second = MultiService()
    first.start_service()
    child.set_service_parent(second)
    assert (list(first), list(second), child.parent) == ([], [child], second)
    assert calls == ["a starts", "a stops"]
    with pytest.raises(ValueError):
        first.remove_service(child)


def test_a_service_that_is_removed_while_the_group_runs_is_stopped_and_the_caller_can_wait_for_it() -> None:
    parent, (child, other), calls = group("a", "b")
    child.stopped = Deferred()
    assert parent.remove_service(other) is None
    parent.start_service()
    assert parent.remove_service(child) is child.stopped
    assert calls == ["a starts", "a stops"]


def test_the_group_has_stopped_when_the_last_service_has() -> None:
    parent, (slow, quick), calls = group("slow", "quick")
    slow.stopped = Deferred()
    parent.start_service()
    ends: list[object] = []
    parent.stop_service().add_callback(ends.append)
    assert calls[2:] == ["quick stops", "slow stops"]
    assert (ends, parent.running, quick.running) == ([], False, False)
    slow.stopped.callback(None)
    assert ends == [None]


def test_a_service_that_cannot_stop_spares_the_others(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Recording):
        def stop_service(self) -> None:
            raise OSError("the disk is full")

    parent, _, calls = group("a")
    Broken(calls, "broken").set_service_parent(parent)
    parent.start_service()
    ends: list[object] = []
    parent.stop_service().add_callback(ends.append)
    assert calls[2:] == ["a stops"]
    assert ends == [None]
    assert "the service broken did not stop properly" in caplog.text


@pytest.mark.parametrize("duplicate", [copy.copy, lambda service: pickle.loads(pickle.dumps(service))])
def test_a_copy_does_not_run(duplicate: Callable[[MultiService], MultiService]) -> None:
    parent, (child,), _ = group("a")
    parent.start_service()
    made = duplicate(parent)
    assert not made.running
    assert parent.running
    assert child.running
    assert [each.name for each in made] == ["a"]


def test_a_copy_of_a_listening_service_has_no_port(reactor: Reactor) -> None:
    server = TCPServer(0, Factory(), reactor=reactor)
    server.start_service()
    made = copy.copy(server)
    made.start_service()
    assert made.host != server.host
    made.stop_service()


def test_an_application_stops_with_the_reactor_which_waits_for_it(reactor: Reactor) -> None:
    calls: list[str] = []
    application = Application("test")
    slow = Recording(calls, "slow")
    slow.stopped = Deferred()
    slow.set_service_parent(application)
    start_application(application, reactor)
    assert (application.name, application.running) == ("test", True)
    reactor.add_system_event_trigger("during", "shutdown", calls.append, "shutdown")
    reactor.call_when_running(reactor.stop)
    reactor.call_later(0.01, slow.stopped.callback, None)
    reactor.run()
    assert calls == ["slow prepares", "slow starts", "slow stops", "shutdown"]


def test_a_service_without_a_reactor_uses_that_of_its_application(reactor: Reactor) -> None:
    application, group, server = Application("test"), MultiService(), TCPServer(0, Factory())
    with pytest.raises(RuntimeError, match=r"a TCPServer needs a reactor: TCPServer\(..., reactor=reactor\)"):
        server.start_service()
    server.set_service_parent(group)
    group.set_service_parent(application)
    start_application(application, reactor)
    assert str(server.host).startswith("tcp:127.0.0.1:")
    stopped: list[None] = []
    application.stop_service().add_callback(stopped.append)
    turn_until(reactor, lambda: stopped)


def test_an_application_without_a_user_stays_what_it_is(caplog: pytest.LogCaptureFixture) -> None:
    application = Application("test", uid=None, gid=None)
    reactor = Reactor()
    with caplog.at_level(logging.DEBUG):
        start_application(application, reactor)
    assert (application.uid, application.gid) == (None, None)
    reactor.close()
