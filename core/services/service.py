"""Service, and the groups of services: they are started in order, and stopped in the reverse order."""

import logging
from collections.abc import Iterator

from core.deferred import Deferred, DeferredList, maybe_deferred
from core.mistakes.hints import log_failure
from core.reactor import Reactor
from core.services.privileges import become, identity_of

log = logging.getLogger(__name__)


class Service:
    """A part of a program that can be started and stopped. The default only keeps `running`.

    A copy of a service, also by pickle, does not run: it lacks the attributes that are named in `volatile`.
    """

    name: str | None = None
    parent: "MultiService | None" = None
    running = False
    reactor: Reactor | None = None
    """The reactor of the service. A service without one uses that of its parent."""

    volatile: tuple[str, ...] = ("running",)

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in self.__dict__.items() if name not in self.volatile}

    def set_name(self, name: str) -> None:
        """Set the name, by which the parent finds the service. RuntimeError once it has a parent."""
        if self.parent is not None:
            raise RuntimeError(f"cannot rename {self.name!r}: it has a parent, which knows it by this name")
        self.name = name

    def set_service_parent(self, parent: "MultiService") -> None:
        """Move the service to `parent`, as `add_service` does. RuntimeError if the name is taken there."""
        if self.parent is not None:
            self.disown_service_parent()
        parent.add_service(self)

    def disown_service_parent(self) -> Deferred[None] | None:
        """Leave the parent, as its `remove_service` does. RuntimeError if there is none."""
        if self.parent is None:
            raise RuntimeError("this service has no parent to leave")
        return self.parent.remove_service(self)

    def privileged_start_service(self) -> None:
        """Prepare the start while the program still has its privileges: bind ports. By default nothing."""

    def start_service(self) -> None:
        """Start. An override calls this method too."""
        self.running = True

    def stop_service(self) -> Deferred[None] | None:
        """Stop. An override calls this method too. The Deferred fires when the service has stopped."""
        self.running = False
        return None

    def find_reactor(self) -> Reactor:
        """The reactor of this service, or of the next ancestor that has one. RuntimeError if none has."""
        service: Service | None = self
        while service is not None:
            if service.reactor is not None:
                return service.reactor
            service = service.parent
        kind = type(self).__name__
        raise RuntimeError(f"a {kind} needs a reactor: {kind}(..., reactor=reactor), or start_application")


class MultiService(Service):
    """A group of services: starts them in order, and stops them in the reverse order."""

    def __init__(self) -> None:
        self.services: list[Service] = []

    def __iter__(self) -> Iterator[Service]:
        return iter(self.services)

    def privileged_start_service(self) -> None:
        super().privileged_start_service()
        for service in list(self):
            service.privileged_start_service()

    def start_service(self) -> None:
        super().start_service()
        for service in list(self):
            service.start_service()

    def stop_service(self) -> Deferred[None]:
        """Stop all services, without waiting between them. The Deferred fires when all have stopped.

        An error of one is logged, and spares the others.
        """
        super().stop_service()
        stopping = [_stop(service) for service in reversed(self.services)]
        return DeferredList(stopping).add_callback(lambda _: None)

    def add_service(self, service: Service) -> None:
        """Add a service, and start it if this one runs. RuntimeError if its name is taken."""
        if service.name is not None and any(each.name == service.name for each in self):
            raise RuntimeError(f"there is a service with the name {service.name!r} already")
        self.services.append(service)
        service.parent = self
        if self.running:
            service.privileged_start_service()
            service.start_service()

    def remove_service(self, service: Service) -> Deferred[None] | None:
        """Remove a service, and stop it if this one runs. ValueError if it is not here."""
        self.services.remove(service)
        stopping = service.stop_service() if self.running else None
        service.parent = None
        return stopping

    def get_service_named(self, name: str) -> Service:
        """The service with this name. KeyError if there is none."""
        for service in self:
            if service.name == name:
                return service
        raise KeyError(name)


def _stop(service: Service) -> Deferred[None]:
    def report(error: Exception) -> None:
        log_failure(log, error, "the service %s did not stop properly", service.name or service)

    return maybe_deferred(service.stop_service).add_errback(report)


class Application(MultiService):
    """The root of a program's services, and the user and group, by number, that the program serves as."""

    def __init__(self, name: str, uid: int | None = None, gid: int | None = None) -> None:
        super().__init__()
        self.set_name(name)
        self.uid, self.gid = uid, gid


def start_application(application: Application, reactor: Reactor) -> None:
    """Bind its ports, become its user, start it, and stop it with `reactor`, which waits for that.

    Raises what a service raises, CannotListenError for instance, and OSError if the user cannot be changed.
    """
    application.reactor = reactor
    application.privileged_start_service()
    if application.uid is not None or application.gid is not None:
        become(identity_of(application.uid, application.gid))
    application.start_service()
    reactor.add_system_event_trigger("before", "shutdown", application.stop_service)
