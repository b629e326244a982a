"""The chat on the whole screen: who is here, what is said, and a line to type in below."""

import os
from argparse import Namespace

from clients.chat.logfile import LogFile
from core.endpoints import StreamEndpoint

FRAMES = "200"
"""A second, at most. Textual draws what has changed at its next frame, and a key should not wait for that."""


def run(options: Namespace, endpoint: StreamEndpoint, log: LogFile | None) -> None:
    """Chat until somebody has enough. Exits with the status that this calls for."""
    os.environ.setdefault("TEXTUAL_FPS", FRAMES)  # Textual looks once, while it is imported
    from clients.chat.fullscreen.app import run as run_app  # Textual takes its time, and not all need it

    run_app(options, endpoint, log)
