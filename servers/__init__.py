"""The servers, one lesson each.

`python -m servers.NAME` runs one of them, `python -m servers` all of them on one reactor.
"""

import core.engine.loading  # noqa: F401
