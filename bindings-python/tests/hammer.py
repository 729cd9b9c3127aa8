"""Sends wrong keys to a server, from so many clients as quickly as it answers: `hammer.py PORT CLIENTS ADDRESSES`.

Prints a line once each address has used up its attempts.
"""

import asyncio
import contextlib
import sys

from doorward import ApiKey

BODY = b'{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}'


async def hammer(port: int, address: str, attempt: int, step: int, left: set[str]) -> None:
    """Go on for ever, with another key each time; an address is `left` until it is limited."""
    while True:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))
            while True:
                attempt += step
                key = ApiKey.mint("mcp", attempt.to_bytes(32, "big")).reveal()
                head = f"POST /mcp HTTP/1.1\r\nhost: h\r\nauthorization: Bearer {key}\r\n"
                writer.write(f"{head}content-length: {len(BODY)}\r\n\r\n".encode() + BODY)
                answer = (await reader.readuntil(b"\r\n\r\n")).lower()
                await reader.readexactly(int(answer.partition(b"content-length: ")[2].partition(b"\r\n")[0]))
                if b" 429 " in answer.partition(b"\r\n")[0] and address in left:
                    left.remove(address)
                    if not left:
                        print("limited", flush=True)


async def main(port: int, clients: int, addresses: int) -> None:
    """Run all clients."""
    each = [f"127.0.0.{number % addresses + 2}" for number in range(clients)]
    left = set(each)
    await asyncio.gather(*(hammer(port, address, number, clients, left) for number, address in enumerate(each)))


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
