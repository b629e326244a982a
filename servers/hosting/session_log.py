"""Logs at level DEBUG which sessions open, change their state and close."""

import logging

from core.protocols.sessions import Observer, Session, SessionRegistry

log = logging.getLogger(__name__)


class SessionLog(Observer):
    """Logs the events of a registry, each with the service and the address of the peer."""

    def session_opened(self, session: Session) -> None:
        log.debug("%s: %s has connected", session.service, session.traffic.peer)

    def session_changed(self, session: Session) -> None:
        state = f"{session.state} {session.user}".rstrip()
        log.debug("%s: %s is %s", session.service, session.traffic.peer, state)

    def session_closed(self, session: Session, reason: str) -> None:
        log.debug("%s: %s has gone: %s", session.service, session.traffic.peer, reason)


def log_sessions(sessions: SessionRegistry) -> None:
    """Log the events of `sessions`, if the level is DEBUG. Otherwise the log costs a session nothing."""
    if log.isEnabledFor(logging.DEBUG):
        sessions.observers.append(SessionLog())
