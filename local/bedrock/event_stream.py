"""Frames of a streamed response. Source: the "Amazon event stream encoding" of the AWS SDKs;
botocore brings a decoder only."""

import json
import struct
import zlib
from collections.abc import Mapping

from local.bedrock.model import Json
from local.bedrock.wire import WireError

_STRING = 7  # header value type of the event-stream encoding


def _frame(headers: Mapping[str, str], payload: bytes) -> bytes:
    block = b"".join(
        struct.pack("!B", len(name))
        + name.encode()
        + struct.pack("!BH", _STRING, len(value))
        + value
        for name, value in ((name, value.encode()) for name, value in headers.items())
    )
    prelude = struct.pack("!II", 16 + len(block) + len(payload), len(block))
    body = prelude + struct.pack("!I", zlib.crc32(prelude)) + block + payload
    return body + struct.pack("!I", zlib.crc32(body))


def event_frame(name: str, body: Json) -> bytes:
    """One event of a stream, framed."""
    headers = {
        ":event-type": name,
        ":content-type": "application/json",
        ":message-type": "event",
    }
    return _frame(headers, json.dumps(body, ensure_ascii=False).encode())


def exception_frame(error: WireError) -> bytes:
    """A failure after the stream has begun: the SDK raises it to whoever reads the stream."""
    headers = {
        ":exception-type": error.event_name,
        ":content-type": "application/json",
        ":message-type": "exception",
    }
    return _frame(headers, json.dumps({"message": error.message}).encode())
