"""Lesson 11 on a plain socket: `select` waits for the keyboard and for the server."""

import os
import select
import socket
import sys

server = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
sources, typed = [0, server.fileno()], b""
try:
    while ready := select.select(sources, [], [])[0]:
        if 0 in ready:
            data = os.read(0, 4096)
            *lines, typed = (typed + data).split(b"\n")
            server.sendall(b"".join([line + b"\r\n" for line in lines]))
            if not data:
                server.shutdown(socket.SHUT_WR)
                sources.remove(0)
        if server.fileno() in ready:
            data = server.recv(4096)
            os.write(1, data)
            if not data:
                break
except ConnectionResetError:
    pass
if 0 in sources:
    sys.exit("the server has closed the connection")
