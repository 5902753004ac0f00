"""What a dataset is made of: its rows, and its manifest. Whoever trains reads by these models.

A row holds texts that are redacted, and neither a reviewer nor a conversation. Its `id` derives
from its texts alone: the same row has the same id in every version.
"""

import hashlib
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from tandem.live.models import Frozen
from tandem.review.models import HIGHEST, LOWEST, ContextTurn, Pick

SCHEMA_VERSION: Literal["1"] = "1"


class Split(StrEnum):
    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


class Kind(StrEnum):
    """Each is a file per split, and a configuration for `datasets.load_dataset`."""

    RATINGS = "ratings"
    PREFERENCES = "preferences"
    DEMONSTRATIONS = "demonstrations"

    def path(self, split: Split) -> str:
        """Within the version's folder."""
        return f"{split.value}/{self.value}.jsonl"


class _Row(Frozen):
    id: str
    prompt: str
    topic: str
    """Topic group: never in two splits."""
    language: str | None
    context: tuple[ContextTurn, ...]
    """What was said before the prompt, oldest first."""


class RatingRow(_Row):
    """An answer with the rating that people gave it."""

    response: str
    reward: Annotated[float, Field(ge=LOWEST, le=HIGHEST)]
    """The rating itself, from 1 (not relevant) to 5 (highly relevant), not centred or scaled."""
    raters: Annotated[int, Field(ge=1)]
    agreement: Annotated[float, Field(ge=0, le=1)] | None
    """1 - mean absolute difference of all pairs of ratings / 4; None with a single rater."""
    source: Literal["reviewers", "lead"]
    """Whose rating it is: consolidated of several, or decided by a lead."""
    model_id: str | None
    """Which model gave the response; None where it is not known, or several gave the same."""
    picks: tuple[Pick, ...]
    """Why it was picked for rating: only `random` ones are a fair sample of all answers."""


class PreferenceRow(_Row):
    """A person's answer, and the model's that it was better than."""

    chosen: str
    rejected: str
    chosen_by: Literal["expert", "reviewer"]
    model_id: str | None
    """Of the rejected one."""


class DemonstrationRow(_Row):
    """An answer that a person wrote, also where no model had answered."""

    response: str
    written_by: Literal["expert", "reviewer"]


type Row = RatingRow | PreferenceRow | DemonstrationRow

ROWS: Mapping[Kind, type[RatingRow] | type[PreferenceRow] | type[DemonstrationRow]] = {
    Kind.RATINGS: RatingRow,
    Kind.PREFERENCES: PreferenceRow,
    Kind.DEMONSTRATIONS: DemonstrationRow,
}


def source_of(row: Row) -> str:
    match row:
        case RatingRow():
            return row.source
        case PreferenceRow():
            return row.chosen_by
        case DemonstrationRow():
            return row.written_by


# JSON allows these inside a string, and many readers of lines break them there.
_LINE_BREAKS = {"\u0085": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def line_of(row: Row) -> bytes:
    """One line of a JSON Lines file, with its end."""
    line = row.model_dump_json()
    for character, escaped in _LINE_BREAKS.items():
        line = line.replace(character, escaped)
    return line.encode() + b"\n"


# --- when two texts are the same -----------------------------------------------------------------
def same_text(text: str) -> str:
    """Equal for texts that differ in case, white space and ways to write a character only."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def same_question(text: str) -> str:
    """Equal also for questions that differ in punctuation only."""
    plain = same_text(text)
    return " ".join("".join(c if c.isalnum() else " " for c in plain).split()) or plain


def digest_of(*texts: str) -> str:
    """Of texts in this order; 20 hexadecimal digits."""
    whole = hashlib.sha256()
    for text in texts:
        body = text.encode()
        whole.update(len(body).to_bytes(8))
        whole.update(body)
    return whole.hexdigest()[:20]


# --- the manifest --------------------------------------------------------------------------------
class LeftOut(StrEnum):
    """Why something that could be a row is none."""

    WITHDRAWN = "withdrawn"
    EMPTY = "empty"
    DUPLICATE = "duplicate"
    """Became part of another row with the same texts."""
    CHOSEN_IS_REJECTED = "chosen_is_rejected"
    CONFLICTING = "conflicting"
    """One prefers A to B, another B to A."""
    SAME_QUESTION = "same_question_in_another_split"
    WAITING = "waits_for_the_next_test_series"
    CHANGED_IN_TEST = "changed_in_the_frozen_test"
    """A rating of the test was changed or taken back after the test was frozen."""


class DataFile(Frozen):
    path: str
    """Within the version's folder."""
    rows: int
    size: int
    """Bytes."""
    sha256: str


class Changes(Frozen):
    """To the previous version, in rows. A row that moved to another split is removed and added."""

    added: int
    removed: int
    changed: int
    """The same texts with another rating."""


class DatasetManifest(Frozen):
    """`manifest.json`, the last file that is written: a folder without it is no dataset."""

    schema_version: Literal["1"] = SCHEMA_VERSION
    version: Annotated[int, Field(ge=1)]
    built_at: datetime
    """What was labelled later is not in it."""
    inputs: str
    """Digest of all rows, by split: SHA-256, hexadecimal."""
    previous: int | None
    """The version before."""
    changes: dict[Kind, Changes]
    test_series: int
    """Figures of models compare within a series: its test split stays as it is."""
    series_drawn: tuple[int, ...]
    """All so far."""
    seed: str
    test_share: float
    validation_share: float
    sources: dict[Kind, dict[Split, dict[str, int]]]
    """Rows, by whose ratings or answers they are."""
    topics: dict[Split, int]
    ratings: dict[Split, dict[str, int]]
    """How often each rating came, rounded to a whole one."""
    mean_agreement: float | None
    """Of the labels of several raters."""
    models: dict[str, int]
    """Rated answers by the model that gave them; `unknown` for those with none."""
    languages: dict[str, int]
    """Rated answers by language."""
    picks: dict[Pick, int]
    """Rated answers by why they were picked; one may have several reasons."""
    sampling_policies: dict[str, int]
    """Labels by the digest of the sampling policy that picked them."""
    conversations: int
    """How many the dataset is made of."""
    withdrawals: int
    """Conversations withdrawn so far: none of them is in it."""
    left_out: dict[LeftOut, int]
    files: tuple[DataFile, ...]

    def rows(self, kind: Kind, split: Split) -> int:
        return sum(self.sources[kind][split].values())

    def counts(self) -> dict[str, int]:
        """Rows by kind (`ratings`) and by kind and split (`ratings/train`)."""
        counts: dict[str, int] = {}
        for kind in Kind:
            of_splits = {f"{kind.value}/{split.value}": self.rows(kind, split) for split in Split}
            counts |= {kind.value: sum(of_splits.values()), **of_splits}
        return counts
