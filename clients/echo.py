"""Echo: what is typed goes out, and comes back.

The lesson: the answer is not the return value of the question. What comes is an event of its own, at any
time and cut in any way; here it need not even be known which answer belongs to which line.
"""

from clients.runner import parser_for
from clients.talk import run

if __name__ == "__main__":
    parser = parser_for("echo", "talk to an echo server; `quit` or Ctrl-D ends it", "--port 8001", 8001)
    run(parser, "echo", sends_quit=False)
