"""JSON values of an object that is read piece by piece: one document, or one on each line.

Memory is bounded by the longest document, whatever the object's size, and whatever a compressed one
unpacks to.
"""

import json
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tandem.review.talks import Unreadable

LONGEST_DOCUMENT = 8 * 2**20
"""Bytes of a line, or of an object that is one document."""

_GZIP = b"\x1f\x8b"
_UNPACKED_AT_ONCE = 2**18
_OF_GZIP = 16 + zlib.MAX_WBITS
_OF_LINES = (".jsonl", ".ndjson", ".jsonlines", ".manifest")
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x07\x0b\x0e-\x1f]")
_ESCAPES = (b"\\ud", b"\\uD", b"\\u000", b"\\u001")
"""What a text with a lone surrogate, or a sign that controls a terminal, is written with. The first
and NUL cannot be stored; the others say nothing, and take six bytes each."""
_ENCODING_MARK = b"\xef\xbb\xbf"
_FOLLOWS = {b"{": b"}", b"[": b"]"}


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON value as it lies in the object. `line` counts from 1; None where it is all of it."""

    line: int | None
    raw: bytes

    def value(self) -> object:
        """Raises `Unreadable`."""
        try:
            value: object = json.loads(self.raw.decode("utf-8-sig"))
            return _storable(value) if any(e in self.raw for e in _ESCAPES) else value
        except UnicodeDecodeError as error:
            raise Unreadable(f"it is not UTF-8 (byte {error.start})") from None
        except RecursionError:
            raise Unreadable("its JSON is nested too deeply") from None
        except json.JSONDecodeError as error:
            raise Unreadable(f"it is not JSON: {error.msg} (character {error.pos})") from None
        except ValueError:
            raise Unreadable("it is not JSON: a number has too many digits") from None


@dataclass(frozen=True, slots=True)
class TooLong:
    """A line that is passed over."""

    line: int

    @property
    def reason(self) -> str:
        return f"it has more than {LONGEST_DOCUMENT // 2**20} MiB"


def documents(key: str, pieces: Iterable[bytes]) -> Iterator[Document | TooLong]:
    """The documents of the object under `key`, whose bytes come in pieces.

    JSON Lines it is if the key says so (`.jsonl`, `.ndjson`, `.jsonlines`, `.manifest`, also with
    `.gz`), or if the first line looks like a value of its own, or the second line begins one as the
    first did; else one document. Empty lines do not count. Raises `Unreadable`.
    """
    lines = _lines(_unpacked(pieces))
    named = key.lower().removesuffix(".gz").endswith(_OF_LINES)
    first: list[tuple[int, bytes | None]] = []
    for each in lines:
        first.append(each)
        if len(first) == 2 or named:
            break
    if not first:
        raise Unreadable("it is empty")
    if named or _are_lines([line for _, line in first]):
        yield from (_document(*each) for each in first)
        yield from (_document(*each) for each in lines)
    else:
        yield Document(None, _whole(first, lines))


def _document(line: int, raw: bytes | None) -> Document | TooLong:
    return TooLong(line) if raw is None else Document(line, raw)


def _are_lines(first: list[bytes | None]) -> bool:
    if first[0] is None:
        return len(first) > 1
    line = first[0].removeprefix(_ENCODING_MARK)
    opening = line[:1]
    if opening not in _FOLLOWS:
        raise Unreadable(
            "it is not JSON: it begins neither with { nor with [ (tables such as CSV are not read: "
            "write a JSON object on each line)"
        )
    if line.endswith(_FOLLOWS[opening]):
        return len(first) > 1
    second = first[1] if len(first) > 1 else None
    return second is not None and len(line) > 1 and second.startswith(opening)


def _whole(
    first: list[tuple[int, bytes | None]], rest: Iterator[tuple[int, bytes | None]]
) -> bytes:
    found = bytearray()
    for part in (first, rest):
        for _, line in part:
            if line is None or len(found) + len(line) > LONGEST_DOCUMENT:
                raise Unreadable(
                    f"it is one document of more than {LONGEST_DOCUMENT // 2**20} MiB: write one "
                    "conversation on each line"
                )
            found += line + b"\n"
    return bytes(found)


def _lines(pieces: Iterable[bytes]) -> Iterator[tuple[int, bytes | None]]:
    """Lines that are not empty with their numbers; None for one that is too long."""
    number, held, skipping = 1, bytearray(), False
    for piece in pieces:
        *ended, rest = piece.split(b"\n")
        for part in ended:
            if skipping or len(held) + len(part) > LONGEST_DOCUMENT:
                yield number, None
            elif line := (bytes(held) + part).strip():
                yield number, line
            held.clear()
            number, skipping = number + 1, False
        if not skipping:
            held += rest
            if len(held) > LONGEST_DOCUMENT:
                held.clear()
                skipping = True
    if skipping:
        yield number, None
    elif line := bytes(held).strip():
        yield number, line


def _unpacked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """As they are, or, where they begin as gzip does, what they unpack to."""
    packed = iter(pieces)
    head = b""
    for piece in packed:
        head += piece
        if len(head) >= len(_GZIP):
            break
    if not head.startswith(_GZIP):
        yield head
        yield from packed
        return
    try:
        yield from _gunzipped(head, packed)
    except zlib.error:
        raise Unreadable("it begins as gzip does, and cannot be unpacked") from None


def _gunzipped(head: bytes, packed: Iterator[bytes]) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(_OF_GZIP)
    piece: bytes | None = head
    while piece is not None:
        while piece:
            if unpacker.eof:
                # Several members one after the other are one file.
                unpacker = zlib.decompressobj(_OF_GZIP)
            yield unpacker.decompress(piece, _UNPACKED_AT_ONCE)
            piece = unpacker.unconsumed_tail or unpacker.unused_data
        piece = next(packed, None)
    if not unpacker.eof:
        raise Unreadable("it is gzip, and its end is missing")


def _storable(value: object) -> object:
    """Without lone surrogates (half an emoji, where somebody cut a text) and control signs."""
    if isinstance(value, str):
        return _CONTROL.sub("", _SURROGATE.sub("\ufffd", value))
    if isinstance(value, list):
        return [_storable(each) for each in value]
    if isinstance(value, dict):
        return {_storable(key): _storable(each) for key, each in value.items()}
    return value
