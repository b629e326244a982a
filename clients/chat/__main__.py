"""The command `python -m clients.chat`."""

from clients.libraries import require

if __name__ == "__main__":
    require("colorama")
    from clients.chat.command import main

    main()
