"""The command `python -m clients.fetch`."""

from core.cli import require

if __name__ == "__main__":
    require("h11")

    from clients.fetch.command import main

    main()
