"""The servers, a lesson each: `python -m servers.NAME` runs one, `python -m servers` all on one reactor."""
