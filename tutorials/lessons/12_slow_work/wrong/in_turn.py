import asyncio
import sys

from slow import look_up


async def serve(reader, writer):
    while line := await reader.readline():
        word = line.decode().strip()
        if word == "PING":
            writer.write(b"PONG\r\n")
        else:
            try:
                result = await asyncio.to_thread(look_up, word)
            except KeyError:
                result = "unknown"
            writer.write(f"{word}: {result}\r\n".encode())
            if result == "unknown":
                await asyncio.sleep(0.5)


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()


asyncio.run(main())
