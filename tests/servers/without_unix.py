"""Run a program as on a system without Unix sockets: `python -m tests.servers.without_unix servers.chat`."""

import runpy
import socket
import sys
from functools import partial

if __name__ == "__main__":
    # Such a system makes pairs of loopback sockets; to the program these are the same.
    vars(socket)["socketpair"] = partial(socket.socketpair, socket.AF_UNIX)
    del socket.AF_UNIX
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
