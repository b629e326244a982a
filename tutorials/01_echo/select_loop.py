"""The idea: an echo server that waits for all its clients at once. The reactor does the same."""

import select
import socket


def accept(sock: socket.socket) -> None:
    connection, _ = sock.accept()
    connection.sendall(b"Welcome!\r\n")
    handlers[connection] = echo


def echo(sock: socket.socket) -> None:
    if data := sock.recv(65536):
        sock.sendall(data)
    else:  # end of stream
        del handlers[sock]
        sock.close()


listener = socket.create_server(("127.0.0.1", 8001))
print("listening on", listener.getsockname(), flush=True)
handlers = {listener: accept}
try:
    while True:
        ready, _, _ = select.select(handlers, [], [])  # waits for all of them
        for sock in ready:
            handlers[sock](sock)
finally:
    for sock in handlers:
        sock.close()
