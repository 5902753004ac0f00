"""A dataset is read whole, or refused with the file and the line."""

from pathlib import Path
from typing import Any

import pytest

from tests.training.rated_questions import demonstration, preference, rating, write_dataset
from training import dataset
from training.failures import TrainingError


def test_all_kinds_of_rows_are_read(tmp_path: Path) -> None:
    context = [{"author": "customer", "text": "Hello"}, {"author": "assistant", "text": "Hi"}]
    write_dataset(
        tmp_path,
        {
            "train/ratings": [rating("Q1", "A", 4, context=context)],
            "validation/preferences": [preference("Q2", "better", "worse")],
            "test/demonstrations": [demonstration("Q3", "D")],
        },
    )
    read = dataset.read(tmp_path)
    assert read.version == 3
    assert read.train.ratings[0].question.text.splitlines() == [
        "customer: Hello",
        "assistant: Hi",
        "customer: Q1",
    ]
    assert read.validation.preferences[0].chosen == "better"
    assert read.test.demonstrations[0].answer == "D"


def test_a_question_is_one_prompt_however_many_rows_it_has(tmp_path: Path) -> None:
    rows = {
        "train/ratings": [rating("Q", "A", 4), rating("Q", "B", 2)],
        "train/preferences": [preference("Q", "A", "B"), preference("other", "A", "B")],
    }
    read = dataset.read(write_dataset(tmp_path, rows))
    assert [question.prompt for question in read.train.questions()] == ["Q", "other"]


def test_a_text_may_hold_unusual_line_breaks(tmp_path: Path) -> None:
    rows = {"train/ratings": [rating("Q", "one\u2028two\u0085three", 4)]}
    folder = write_dataset(tmp_path, rows)
    path = folder / "train" / "ratings.jsonl"
    path.write_text(path.read_text().replace("\\u2028", "\u2028"), encoding="utf-8")
    assert dataset.read(folder).train.ratings[0].answer == "one\u2028two\u0085three"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reward": 7}, "has the rating 7, which is not from 1 to 5"),
        ({"reward": 0.5}, r"has the rating 0\.5"),
        ({"reward": "4"}, "has '4' as `reward`, which is no number"),
        ({"reward": True}, "has True as `reward`"),
        ({"response": " "}, "has no text in `response`"),
        ({"prompt": None}, "has no text in `prompt`"),
        ({"raters": 0}, "has 0 as `raters`"),
        ({"context": [{"author": "robot", "text": ""}]}, "unknown author"),
        ({"context": ["Hello"]}, "no list of author and text"),
        ({"reward": 10**400}, "has the rating 1000000000"),
        ({"response": "Half \ud83d"}, "has half a character in `response`"),
        ({"context": [{"author": "customer", "text": "\ud83d"}]}, "half a character in its"),
    ],
)
def test_a_row_that_cannot_be_is_named_by_file_and_line(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    rows = [rating("Q", "A", 4), {**rating("Q", "B", 2), **changes}]
    folder = write_dataset(tmp_path, {"train/ratings": rows})
    with pytest.raises(TrainingError, match=rf"ratings\.jsonl, line 2: the row .*{said}"):
        dataset.read(folder)


def test_a_broken_line_is_named_by_file_and_line(tmp_path: Path) -> None:
    folder = write_dataset(tmp_path, {"train/ratings": [rating("Q", "A", 4)]})
    (folder / "train" / "ratings.jsonl").write_text('{"prompt": "Q", ')
    with pytest.raises(TrainingError, match=r"ratings\.jsonl, line 1: the row is no JSON"):
        dataset.read(folder)


def test_an_empty_dataset_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="is empty: rate answers"):
        dataset.read(write_dataset(tmp_path, {}))


def test_a_folder_without_a_manifest_is_no_dataset(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"manifest\.json, which is written last, is missing"):
        dataset.read(tmp_path)


def test_a_file_is_no_folder_of_a_dataset(tmp_path: Path) -> None:
    (tmp_path / "v1").write_text("")
    with pytest.raises(TrainingError, match=r"manifest\.json cannot be read: Not a directory"):
        dataset.read(tmp_path / "v1")


def test_a_copy_that_broke_off_is_found_out(tmp_path: Path) -> None:
    folder = write_dataset(tmp_path, {"train/ratings": [rating("Q", "A", n) for n in (1, 2, 3)]})
    path = folder / "train" / "ratings.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:2]))
    with pytest.raises(TrainingError, match="has 2 rows where the manifest says 3"):
        dataset.read(folder)


def test_another_version_than_asked_for_is_refused(tmp_path: Path) -> None:
    folder = write_dataset(tmp_path, {"train/ratings": [rating("Q", "A", 4)]}, version=3)
    with pytest.raises(TrainingError, match=r"has version 3, but .* version 4"):
        dataset.read(folder, expected_version=4)
