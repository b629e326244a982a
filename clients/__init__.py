"""The other ends: `python -m clients.NAME` talks to `python -m servers.NAME`, or to any such server."""
