"""Text 4, the insult server as a service. Its protocol and its factory are those of insult_server.py."""

from core import Reactor
from core.services import Application, TCPServer, start_application
from tests.texts.insult_server import GREETING, InsultServerFactory


def main(reactor: Reactor, port: int) -> Application:
    application = Application("insult")
    TCPServer(port, InsultServerFactory(GREETING)).set_service_parent(application)
    start_application(application, reactor)
    return application
