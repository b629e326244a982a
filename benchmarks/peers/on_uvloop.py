"""The peers on uvloop: what asyncio's users write, on a loop that is written in C."""

import sys

import uvloop

from benchmarks.peers.on_asyncio import serve

if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1]))
