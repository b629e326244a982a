"""How the servers are run: flags, listening, limits, printing, demo clients."""
