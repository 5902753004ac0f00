"""JSON documents of an object that comes in pieces: told apart, bounded, unpacked."""

import gzip
import json
import tracemalloc
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.review.json_objects import LONGEST_DOCUMENT, Document, TooLong, documents
from tandem.review.talks import Unreadable

LINES = b'{"a": 1}\n\n{"a": 2}\r\n{"a": 3}'


def pieces(body: bytes, size: int = 7) -> Iterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


def read(body: bytes, key: str = "imports/x", size: int = 7) -> list[tuple[int | None, object]]:
    found: list[tuple[int | None, object]] = []
    for each in documents(key, pieces(body, size)):
        assert isinstance(each, Document)
        found.append((each.line, each.value()))
    return found


def refused(body: bytes, key: str = "imports/x") -> str:
    with pytest.raises(Unreadable) as raised:
        read(body, key, 4096)
    return str(raised.value)


@given(st.integers(1, 40))
def test_lines_are_read_however_they_come(size: int) -> None:
    assert read(LINES, size=size) == [(1, {"a": 1}), (3, {"a": 2}), (4, {"a": 3})]


@pytest.mark.parametrize("indent", [None, 0, 2])
@pytest.mark.parametrize("value", [{"messages": [{"a": 1}, {"b": 2}]}, [{"a": 1}, {"b": 2}], []])
def test_one_document_is_read_however_it_is_written(value: object, indent: int | None) -> None:
    assert read(json.dumps(value, indent=indent).encode()) == [(None, value)]


def test_lists_may_be_lines_too() -> None:
    assert read(b'[{"a": 1}]\n[{"a": 2}]') == [(1, [{"a": 1}]), (2, [{"a": 2}])]


def test_a_broken_first_line_does_not_make_one_document_of_all_lines() -> None:
    first, second = documents("imports/x", pieces(b'{"a": \n{"a": 2}'))

    assert isinstance(first, Document)
    assert isinstance(second, Document)
    assert (first.line, second.line) == (1, 2)
    assert second.value() == {"a": 2}
    with pytest.raises(Unreadable, match="not JSON"):
        first.value()


@pytest.mark.parametrize("name", ["a.jsonl", "a.NDJSON", "a.jsonl.gz", "output.manifest"])
def test_a_name_of_lines_makes_lines_of_whatever_it_is(name: str) -> None:
    found = list(documents(f"imports/{name}", pieces(b'nothing\n{"a": 2}')))

    assert [each.line for each in found] == [1, 2]


def test_a_mark_of_the_encoding_does_not_matter() -> None:
    assert read(b'\xef\xbb\xbf{"a": 1}\n{"a": 2}') == [(1, {"a": 1}), (2, {"a": 2})]
    assert read(b'\xef\xbb\xbf{"a":\n1}') == [(None, {"a": 1})]


@pytest.mark.parametrize("members", [1, 3])
@pytest.mark.parametrize("size", [1, 3, 5000])
def test_what_is_packed_is_unpacked(members: int, size: int) -> None:
    packed = b"".join(gzip.compress(b'{"a": %d}\n' % n, mtime=0) for n in range(members))

    expected = [(n + 1 if members > 1 else None, {"a": n}) for n in range(members)]
    assert read(packed, size=size) == expected


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"question,answer\nWhy?,So.", "CSV"),
        (b"hello", "not JSON"),
        (b"\x00\x01\x02", "not JSON"),
        (b'{"a": 1', "not JSON"),
        (b'{"a": "\xff"}', "not UTF-8"),
        ('{"a": "ü"}'.encode("utf-16"), "not JSON"),
        (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b'{"a": ' + b"9" * 5000 + b"}", "too many digits"),
        (gzip.compress(b'{"a": 1}', mtime=0)[:-9], "end is missing"),
        (
            gzip.compress(b'{"a": 1}' * 99, mtime=0)[:20] + b"xxxxxxxxxxxxxxxxxxx",
            "cannot be unpacked",
        ),
    ],
)
def test_what_cannot_be_read_says_why(body: bytes, reason: str) -> None:
    assert reason in refused(body)


def test_no_reason_repeats_what_was_written() -> None:
    assert "4111" not in refused(b'{"card": 4111 1111}')


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        (rb'{"a": "x\ud83dy"}', "x\ufffdy"),
        (rb'{"a": "x\uDE00"}', "x\ufffd"),
        (rb'{"a": "\ud83d\ude00"}', "😀"),
        (rb'{"a": "x\u0000y"}', "xy"),
        (rb'{"a": "\u0001x\u001b\u000b[1m\u0009y\u000az\u000d"}', "x[1m\ty\nz\r"),
        (rb'{"a": "\\u0000"}', "\\u0000"),
    ],
)
def test_what_cannot_be_stored_is_replaced(written: bytes, read_as: str) -> None:
    assert read(written) == [(None, {"a": read_as})]


def big(lines: Iterable[bytes], size: int) -> Iterator[bytes]:
    for line in lines:
        yield from pieces(line, size)


def test_a_line_of_30_mb_is_passed_over_and_the_others_are_read() -> None:
    long_line = b'{"a": "' + b"x" * 30_000_000 + b'"}\n'
    found = list(
        documents("imports/x.jsonl", big([b'{"a": 1}\n', long_line, b'{"a": 3}\n'], 2**17))
    )

    assert [each.line for each in found] == [1, 2, 3]
    assert isinstance(found[1], TooLong)
    assert "8 MiB" in found[1].reason


def test_a_document_that_is_too_long_says_what_to_do() -> None:
    reason = refused(b'{"a":\n"' + b"x" * (LONGEST_DOCUMENT + 1) + b'"}')

    assert "write one conversation on each line" in reason
    assert reason == refused(b'{"a": "' + b"x" * (LONGEST_DOCUMENT + 1) + b'"}')


def test_what_unpacks_to_very_much_takes_no_memory_for_it() -> None:
    packed = gzip.compress(b"x" * 200_000_000, mtime=0)
    tracemalloc.start()
    try:
        found = list(documents("imports/x.jsonl.gz", pieces(packed, 2**17)))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert [type(each) for each in found] == [TooLong]
    assert most < 4 * LONGEST_DOCUMENT


@given(st.binary(max_size=60), st.integers(1, 9))
def test_any_bytes_are_read_or_refused(body: bytes, size: int) -> None:
    try:
        for each in documents("imports/x", pieces(body, size)):
            if isinstance(each, Document):
                each.value()
    except Unreadable:
        pass
