"""The clients: `python -m clients.NAME` connects to `python -m servers.NAME`, or to any such server."""

import core.engine.loading  # noqa: F401
