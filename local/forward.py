"""Forwards a TCP port of another address of this machine to the same port on loopback."""

import asyncio
import contextlib
import sys

_CHUNK = 65_536


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
    writer.close()


async def forward(address: str, port: int) -> None:
    """Serve until cancelled."""

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(_pipe(reader, there_writer), _pipe(there_reader, writer))

    server = await asyncio.start_server(connect, address, port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(forward(sys.argv[1], int(sys.argv[2])))
