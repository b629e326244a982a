from core.testing import Clock, StringTransport

clock, transport = Clock(), StringTransport()
clock.call_later(5.0, transport.write, b"locked")
clock.advance(4.0)
print(transport.take())
clock.advance(1.0)
print(transport.take(), transport.take())
