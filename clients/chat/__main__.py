"""The command `python -m clients.chat`."""

from core.cli import require

if __name__ == "__main__":
    require("colorama")
    from clients.chat.command import main

    main()
