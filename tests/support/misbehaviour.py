"""What a server may do besides answering: drip, bomb, lie about its length, never end."""

import gzip
import json
import time
from collections.abc import Callable
from typing import Any

Send = Callable[[bytes], Any]
_OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def drip_body(send: Send) -> None:
    send(_OK + b"Content-Length: 1000\r\n\r\n")
    for _ in range(1000):
        send(b"[")
        time.sleep(0.5)


def drip_head(send: Send) -> None:
    send(b"HTTP/1.1 200 OK\r\n")
    for number in range(1000):
        send(f"X-{number}: x\r\n".encode())
        time.sleep(0.3)


def continue_for_ever(send: Send) -> None:
    for _ in range(1000):
        send(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.1)


def cut_short(send: Send) -> None:
    send(_OK + b'Content-Length: 1000\r\nConnection: close\r\n\r\n{"item"')


def fifty_megabytes(send: Send) -> None:
    send(_OK + b"Transfer-Encoding: chunked\r\n\r\n")
    part = b"1," * (512 * 1024)
    for _ in range(50):
        send(f"{len(part):x}\r\n".encode() + part + b"\r\n")


def bomb(send: Send) -> None:
    body = gzip.compress(b"[" + b" " * (64 * 1024 * 1024), 9)
    send(_OK + f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)


def a_million_values(send: Send) -> None:
    body = b'{"item": [' + b"1," * 450_000 + b"1]}"
    send(_OK + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)


def five_thousand_records(send: Send) -> None:
    record = {"id": 1, "trackName": "Song", "artistName": "Artist", "duration": 15, "syncedLyrics": "[00:01]la"}
    body = json.dumps([record] * 5000).encode()
    send(_OK + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)


def reset(send: Send) -> None:
    """Hang up at once."""
