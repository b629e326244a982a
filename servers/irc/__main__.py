"""The command `python -m servers.irc`: runs the IRC server."""

from servers.hosting.runner import run
from servers.irc.service import SERVICE

if __name__ == "__main__":
    run(SERVICE)
