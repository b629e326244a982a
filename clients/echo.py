"""Echo: the typed text is sent, and the server sends it back.

The lesson: an answer is not the return value of a request. It is an event, which arrives at any time and in
any pieces. This client does not even need to know which answer belongs to which line.
"""

from clients.runner import parser_for
from clients.talk import run

if __name__ == "__main__":
    parser = parser_for("echo", "talk to an echo server; `quit` or Ctrl-D ends it", "--port 8001", 8001)
    run(parser, "echo", sends_quit=False)
