"""The command `python -m servers.web`: runs the web server."""

from core import cli
from servers.hosting.runner import run


def main() -> None:
    """Run the server. Exits 1 with the remedy if h11 is not installed."""
    cli.require("h11")
    from servers.web.service import SERVICE

    run(SERVICE)


if __name__ == "__main__":
    main()
