"""Services: the parts of a program that are started and stopped together. The names are Twisted's.

A Service is started in two steps. `privileged_start_service` runs while the program may still be root, and
binds ports; `start_service` runs as the user that the program serves as. An Application is the root of a tree
of services. Protocols and factories know nothing of all this:

    application = Application("echo", uid=65534, gid=65534)
    TCPServer(7, EchoFactory()).set_service_parent(application)
    start_application(application, reactor)
    reactor.run()
"""

from core.services.clients import ClientService, ClientServiceState, TCPClient, backoff_policy
from core.services.ports import StreamServerEndpointService, TCPServer, UDPServer, UNIXServer
from core.services.service import Application, MultiService, Service, start_application
from core.services.timer import TimerService

__all__ = ["Service", "MultiService", "Application", "start_application"]
__all__ += ["TCPServer", "UNIXServer", "UDPServer", "StreamServerEndpointService"]
__all__ += ["TCPClient", "ClientService", "ClientServiceState", "backoff_policy", "TimerService"]
