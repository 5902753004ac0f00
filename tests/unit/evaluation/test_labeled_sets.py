"""Labeled sets, and what is said about a line that cannot be used."""

from pathlib import Path

import pytest

from evaluation.labeled_sets import BadSetError, LabeledMessage, LabeledQuestion, read

GOOD = '{"id": "one-de", "text": "Danke!", "person": false, "why": "thanks"}'


def file(folder: Path, *lines: str) -> Path:
    path = folder / "set.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_line_is_a_message_with_the_language_that_its_id_ends_in(tmp_path: Path) -> None:
    (message,) = read(file(tmp_path, GOOD, ""), LabeledMessage)

    assert (message.text, message.person, message.why) == ("Danke!", False, "thanks")
    assert message.language == "de"


@pytest.mark.parametrize("name", ["one", "set-001", "set-eng", "set-DE"])
def test_an_id_may_tell_no_language(tmp_path: Path, name: str) -> None:
    line = GOOD.replace("one-de", name)

    assert read(file(tmp_path, line), LabeledMessage)[0].language is None


def test_a_byte_order_mark_and_windows_line_ends_are_no_trouble(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode() + b"\r\n\r\n")

    assert len(read(path, LabeledMessage)) == 1


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{'id': 1}", "is not JSON"),
        ("[1]", "the line: Input should be"),
        ('{"id": "x", "text": "t"}', "person: Field required"),
        ('{"id": "x", "text": "t", "person": "no"}', "person: Input should be a valid boolean"),
        ('{"id": "x", "text": " ", "person": true}', "text: "),
        (GOOD, "the id one-de is on line 1 already"),
    ],
)
def test_a_bad_line_is_named_with_its_number(tmp_path: Path, line: str, problem: str) -> None:
    path = file(tmp_path, GOOD, "", line)

    with pytest.raises(BadSetError) as raised:
        read(path, LabeledMessage)

    assert str(raised.value).startswith(f"{path}, line 3: ")
    assert problem in str(raised.value)


@pytest.mark.parametrize(
    ("answerable", "pages"), [("true", "[]"), ("false", '["a.md"]'), ("true", '"a.md"')]
)
def test_pages_and_answerable_must_agree(tmp_path: Path, answerable: str, pages: str) -> None:
    line = f'{{"id": "x", "question": "q", "answerable": {answerable}, "pages": {pages}}}'

    with pytest.raises(BadSetError, match="line 1"):
        read(file(tmp_path, line), LabeledQuestion)


def test_a_check_of_the_callers_own_is_told_with_the_line_too(tmp_path: Path) -> None:
    with pytest.raises(BadSetError, match=r"line 1: too polite"):
        read(file(tmp_path, GOOD), LabeledMessage, lambda _: "too polite")


def test_a_missing_an_empty_and_a_binary_file_are_said_to_be_so(tmp_path: Path) -> None:
    binary = tmp_path / "binary.jsonl"
    binary.write_bytes(b"\xff\xfe\x00")

    for path, problem in [
        (tmp_path / "absent.jsonl", "No such file"),
        (file(tmp_path, ""), "holds no lines"),
        (binary, "is not UTF-8"),
    ]:
        with pytest.raises(BadSetError, match=problem):
            read(path, LabeledMessage)
