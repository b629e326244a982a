"""The peers on uvloop: the same programs as on asyncio, on an event loop written in C."""

import sys

import uvloop

from benchmarks.peers.on_asyncio import serve

if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1]))
