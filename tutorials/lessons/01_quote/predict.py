from core import Protocol
from core.testing import StringTransport


class Quote(Protocol):
    def connection_made(self):
        self.transport.write(b"hello")
        self.transport.lose_connection()
        self.transport.write(b"and more")


transport = StringTransport()
Quote().make_connection(transport)
print(transport.take(), transport.disconnecting)
