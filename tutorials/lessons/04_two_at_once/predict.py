import selectors
import socket

ann, server_of_ann = socket.socketpair()
bob, server_of_bob = socket.socketpair()
selector = selectors.DefaultSelector()
selector.register(server_of_ann, selectors.EVENT_READ, "ann")
selector.register(server_of_bob, selectors.EVENT_READ, "bob")

bob.send(b"hel")
bob.send(b"lo")
for key, _ in selector.select():
    print(key.data, key.fileobj.recv(4))
print([key.data for key, _ in selector.select(0)])
