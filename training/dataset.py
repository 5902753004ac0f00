"""A version of the dataset, read and checked line by line.

Format: docs/review.md, "The dataset". A folder `train`, `validation` and `test`, each with
`ratings.jsonl`, `preferences.jsonl` and `demonstrations.jsonl`, and a `manifest.json`.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tandem.tuning.rewards.asked import Asked, asked_text
from training.failures import TrainingError

LOWEST, HIGHEST = 1, 5
SPLITS = ("train", "validation", "test")
_SHOWN = 20
"""Characters of a rating that is none."""
_AUTHORS = ("customer", "assistant", "expert")


@dataclass(frozen=True)
class Question:
    """What was asked, after what was said before. Equal questions are one prompt."""

    prompt: str
    context: tuple[tuple[str, str], ...]
    """(author, text), oldest first."""
    topic: str
    language: str | None

    @property
    def asked(self) -> Asked:
        return Asked(self.prompt, self.context)

    @property
    def text(self) -> str:
        """As the model is asked it."""
        return asked_text(self.prompt, self.context)


@dataclass(frozen=True)
class Rating:
    question: Question
    answer: str
    reward: float
    """1 to 5, as people gave it."""
    raters: int
    model_id: str | None


@dataclass(frozen=True)
class Preference:
    question: Question
    chosen: str
    rejected: str


@dataclass(frozen=True)
class Demonstration:
    question: Question
    answer: str


@dataclass(frozen=True)
class Split:
    ratings: tuple[Rating, ...]
    preferences: tuple[Preference, ...]
    demonstrations: tuple[Demonstration, ...]

    def questions(self) -> list[Question]:
        """Each once, in the order in which they come."""
        asked = [
            *(row.question for row in self.ratings),
            *(row.question for row in self.preferences),
            *(row.question for row in self.demonstrations),
        ]
        return list({(one.prompt, one.context): one for one in asked}.values())


@dataclass(frozen=True)
class Dataset:
    version: int
    inputs: str
    """SHA-256 of all rows."""
    train: Split
    validation: Split
    test: Split


def read(folder: Path, *, expected_version: int | None = None) -> Dataset:
    """Raises TrainingError: no manifest, another version, or a line that cannot be read."""
    manifest = _manifest(folder)
    version = manifest["version"]
    if expected_version is not None and version != expected_version:
        raise TrainingError(
            f"The dataset in {folder} has version {version}, but the training was asked to use "
            f"version {expected_version}: give it the folder of that version."
        )
    _check_rows(folder, manifest)
    splits = {name: _split(folder, name) for name in SPLITS}
    dataset = Dataset(version, manifest["inputs"], **splits)
    if not any(split.questions() for split in splits.values()):
        raise TrainingError(
            f"The dataset in {folder} is empty: rate answers, and build a dataset of them."
        )
    return dataset


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / "manifest.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {
            "version": int(found["version"]),
            "inputs": str(found["inputs"]),
            "files": {str(f["path"]): int(f["rows"]) for f in found.get("files", ())},
        }
    except FileNotFoundError:
        raise TrainingError(
            f"There is no dataset in {folder}: manifest.json, which is written last, is missing."
        ) from None
    except OSError as error:
        raise TrainingError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise TrainingError(f"{path} is no manifest of a dataset: {error!r}.") from error


def _check_rows(folder: Path, manifest: Mapping[str, Any]) -> None:
    """A copy that broke off is found out before anything is learned from a part."""
    for name, rows in manifest["files"].items():
        path = folder / name
        if path.suffix != ".jsonl":
            continue
        found = sum(1 for _ in _lines(path))
        if found != rows:
            raise TrainingError(
                f"{path} has {found} rows where the manifest says {rows}: copy the dataset anew."
            )


def _split(folder: Path, name: str) -> Split:
    return Split(
        tuple(_rating(row) for row in _rows(folder / name / "ratings.jsonl")),
        tuple(_preference(row) for row in _rows(folder / name / "preferences.jsonl")),
        tuple(_demonstration(row) for row in _rows(folder / name / "demonstrations.jsonl")),
    )


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Number and text of each line that is not blank; none without the file.

    Parted at line feeds alone: texts may hold other line breaks.
    """
    if not path.is_file():
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield number, line


class _Row:
    """One line's fields; whatever is wrong with one is said with file and line."""

    def __init__(self, path: Path, number: int, line: bytes) -> None:
        self._where = f"{path}, line {number}"
        try:
            found = json.loads(line)
        except ValueError as error:
            raise self.wrong(f"is no JSON ({error})") from error
        if not isinstance(found, dict):
            raise self.wrong("is no JSON object")
        self._found = found

    def wrong(self, what: str) -> TrainingError:
        return TrainingError(
            f"{self._where}: the row {what}. Build the dataset anew, or correct the line."
        )

    def text(self, name: str) -> str:
        value = self._found.get(name)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(f"has no text in `{name}`")
        if not _is_unicode(value):
            raise self.wrong(f"has half a character in `{name}`")
        return value

    def text_or_none(self, name: str) -> str | None:
        return self.text(name) if self._found.get(name) is not None else None

    def whole(self, name: str, default: int) -> int:
        value = self._found.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise self.wrong(f"has {value!r} as `{name}`, which is no whole number from 1 on")
        return value

    def rating(self, name: str) -> float:
        value = self._found.get(name)
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self.wrong(f"has {value!r} as `{name}`, which is no number")
        if not LOWEST <= value <= HIGHEST:
            said = str(value)[:_SHOWN]
            raise self.wrong(f"has the rating {said}, which is not from {LOWEST} to {HIGHEST}")
        return float(value)

    def question(self) -> Question:
        return Question(
            self.text("prompt"), self._context(), self.text("topic"), self.text_or_none("language")
        )

    def _context(self) -> tuple[tuple[str, str], ...]:
        turns = self._found.get("context") or ()
        try:
            context = tuple((turn["author"], turn["text"]) for turn in turns)
        except (TypeError, KeyError):
            raise self.wrong("has a `context` that is no list of author and text") from None
        for author, text in context:
            if author not in _AUTHORS or not isinstance(text, str):
                raise self.wrong("has a `context` with an unknown author, or without a text")
            if not _is_unicode(text):
                raise self.wrong("has half a character in its `context`")
        return context


def _is_unicode(text: str) -> bool:
    """JSON may hold one half of a surrogate pair (RFC 8259, section 8.2), which no tokenizer
    reads."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _rows(path: Path) -> Iterator[_Row]:
    for number, line in _lines(path):
        yield _Row(path, number, line)


def _rating(row: _Row) -> Rating:
    return Rating(
        row.question(),
        row.text("response"),
        row.rating("reward"),
        row.whole("raters", 1),
        row.text_or_none("model_id"),
    )


def _preference(row: _Row) -> Preference:
    return Preference(row.question(), row.text("chosen"), row.text("rejected"))


def _demonstration(row: _Row) -> Demonstration:
    return Demonstration(row.question(), row.text("response"))
