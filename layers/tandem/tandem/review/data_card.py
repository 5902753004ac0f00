"""The data card: `README.md` of a dataset, for people, and for the library `datasets`.

Its YAML header tells `datasets.load_dataset(<folder>, "ratings")` which file is which split, and of
which type each column is, so that no type hangs on what happens to be in the rows. The library
cannot load a split without rows: the header leaves those out.

https://huggingface.co/docs/hub/datasets-manual-configuration
"""

import re
from collections.abc import Iterator, Mapping

from tandem.review.dataset_rows import DatasetManifest, Kind, LeftOut, Split

_TEXT, _NUMBER, _WHOLE = "dtype: string", "dtype: float64", "dtype: int64"
_TEXTS = "list: string"
_TURNS = "list:\n    - name: author\n      dtype: string\n    - name: text\n      dtype: string"

_ROW = {
    "id": _TEXT,
    "prompt": _TEXT,
    "topic": _TEXT,
    "language": _TEXT,
    "context": _TURNS,
}
FEATURES: Mapping[Kind, Mapping[str, str]] = {
    Kind.RATINGS: _ROW
    | {
        "response": _TEXT,
        "reward": _NUMBER,
        "raters": _WHOLE,
        "agreement": _NUMBER,
        "source": _TEXT,
        "model_id": _TEXT,
        "picks": _TEXTS,
    },
    Kind.PREFERENCES: _ROW
    | {"chosen": _TEXT, "rejected": _TEXT, "chosen_by": _TEXT, "model_id": _TEXT},
    Kind.DEMONSTRATIONS: _ROW | {"response": _TEXT, "written_by": _TEXT},
}
"""The columns in the order of the row models' fields, with their types."""

_FEW_RATINGS, _FEW_TEST_ROWS, _FEW_TEST_TOPICS, _FEW_PREFERENCES = 500, 100, 20, 100

_WHY_LEFT_OUT = {
    LeftOut.WITHDRAWN: "of a conversation that was withdrawn",
    LeftOut.EMPTY: "without a question or an answer",
    LeftOut.DUPLICATE: "became part of another row with the same texts",
    LeftOut.CHOSEN_IS_REJECTED: "preferences of an answer to itself",
    LeftOut.CONFLICTING: "preferences that contradict each other",
    LeftOut.SAME_QUESTION: "ask what is asked in another split under another topic",
    LeftOut.WAITING: "belong to topics of the test and came after it was frozen: "
    "they wait for the next test series",
    LeftOut.CHANGED_IN_TEST: "ratings of the test were changed or taken back after it was frozen: "
    "that takes effect with the next test series",
}

_COLUMNS = """\
## Columns
| column | in | what it is |
|---|---|---|
| `id` | all | derives from the texts: the same row has the same id in every version |
| `prompt` | all | the customer's question |
| `context` | all | what was said before it, oldest first: `author` and `text` |
| `topic` | all | topic group: never in two splits |
| `language` | all | of the conversation; null where it is not known |
| `response` | ratings | the model's answer |
| `reward` | ratings | the rating itself, 1 (not relevant) to 5 (highly relevant), neither centred \
nor scaled |
| `raters` | ratings | how many ratings it is made of; what a lead decided is one |
| `agreement` | ratings | 1 - mean absolute difference of all pairs of ratings / 4; null with one \
rater |
| `source` | ratings | `reviewers`: consolidated; `lead`: decided by a lead |
| `picks` | ratings | why it was rated: only `random` ones are a fair sample of all answers |
| `model_id` | ratings, preferences | the model that gave `response` or `rejected`; null where it \
is not known, or several gave the same |
| `chosen`, `rejected` | preferences | a person's answer, and the model's that it was better than |
| `chosen_by` | preferences | `expert` (took the conversation over) or `reviewer` (wrote a better \
answer) |
| `response`, `written_by` | demonstrations | an answer that a person wrote, also where no model \
had answered |
"""

_MADE = """\
## How it is made
- **Texts are redacted**: personal data was replaced by `[name]`, `[email]` and so on before anybody
  rated them. No row names a reviewer or a conversation.
- **Split by topic group** with a seeded hash. A topic stays where it is from version to version,
  whatever seed, shares and series become: what was in `train` or `validation` of any version is in
  no later test, and what was in a test is never trained on. A question that comes under topics of
  different splits is in one of them only.
- **The test split is frozen**: within a test series its rows are the same in every version, but for
  conversations that were withdrawn. Scores compare within a series, not across. What belongs to
  topics of the test and comes later waits; count up `dataset.test_series` in the review policy to
  draw a new and larger test of it. What leads decide later of an answer in the test (another label,
  or none) takes effect with the next series, too.
- **Duplicates are one row.** Texts that differ in case, white space or character forms only are the
  same. Their ratings become the mean, weighted by raters, and the lowest agreement of theirs and of
  each other; what a lead decided counts alone.
- **Preferences** of an answer to itself, and such that contradict each other, are left out.
- **Withdrawn conversations** are in no version that was built after the withdrawal.
"""


def card(manifest: DatasetManifest) -> str:
    """The whole `README.md`."""
    return "\n".join((*_header(manifest), *_body(manifest)))


# --- for the library -----------------------------------------------------------------------------
def _header(manifest: DatasetManifest) -> Iterator[str]:
    yield "---"
    yield f"pretty_name: Tandem, version {manifest.version}"
    languages = [name for name in manifest.languages if re.fullmatch("[a-z]{2,3}", name)]
    if languages:
        # Quoted: to YAML, no is a boolean.
        yield "language:"
        yield from (f'- "{name}"' for name in languages)
    kinds = [kind for kind in Kind if any(manifest.rows(kind, split) for split in Split)]
    yield "configs:" if kinds else "configs: []"
    for number, kind in enumerate(kinds):
        yield f"- config_name: {kind.value}"
        if number == 0:
            yield "  default: true"
        yield "  data_files:"
        for split in Split:
            if manifest.rows(kind, split):
                yield f"  - split: {split.value}"
                yield f"    path: {kind.path(split)}"
    yield "dataset_info:" if kinds else "dataset_info: []"
    for kind in kinds:
        yield f"- config_name: {kind.value}"
        yield "  features:"
        for name, feature in FEATURES[kind].items():
            yield f"  - name: {name}"
            yield f"    {feature}"
    yield "---"


# --- for people ----------------------------------------------------------------------------------
def _body(manifest: DatasetManifest) -> Iterator[str]:
    yield f"# Dataset, version {manifest.version}"
    yield (
        "Answers of an assistant with people's ratings, and answers that people wrote. Built on "
        f"{manifest.built_at:%Y-%m-%d %H:%M} UTC of "
        f"{_many(manifest.conversations, 'conversation')} (test series {manifest.test_series}, "
        f"seed {_code(manifest.seed)})."
    )
    yield ""
    yield "```python"
    yield "from datasets import load_dataset"
    yield ""
    yield 'ratings = load_dataset("<this folder>", "ratings")'
    yield "```"
    yield from _rows(manifest)
    yield from _shortcomings(manifest)
    yield from _changes(manifest)
    yield ""
    yield _COLUMNS
    yield from _figures(manifest)
    yield ""
    yield _MADE
    yield from _left_out(manifest)


def _rows(manifest: DatasetManifest) -> Iterator[str]:
    yield ""
    yield "| rows | train | validation | test | by whom |"
    yield "|---|---|---|---|---|"
    for kind in Kind:
        sources = manifest.sources[kind]
        whose = sorted({source for counts in sources.values() for source in counts})
        by = ", ".join(f"{name} {sum(c.get(name, 0) for c in sources.values())}" for name in whose)
        yield _row(kind.value, *(manifest.rows(kind, split) for split in Split), by)
    yield _row("topics", *(manifest.topics[split] for split in Split), "")


def _shortcomings(manifest: DatasetManifest) -> Iterator[str]:
    found = list(shortcomings(manifest))
    if found:
        yield ""
        yield "## What it is too small for"
        yield from (f"- {sentence}" for sentence in found)


def shortcomings(manifest: DatasetManifest) -> Iterator[str]:
    """What the dataset is too small for, as sentences."""
    counts = manifest.counts()
    for kind in Kind:
        missing = [split.value for split in Split if not manifest.rows(kind, split)]
        if len(missing) == len(Split):
            yield f"There are no {kind.value}: the configuration `{kind.value}` is not there."
        elif missing:
            yield f"{kind.value.capitalize()} have no rows in {' and '.join(missing)}."
    tested, topics = manifest.rows(Kind.RATINGS, Split.TEST), manifest.topics[Split.TEST]
    if tested < _FEW_TEST_ROWS or topics < _FEW_TEST_TOPICS:
        yield (
            f"The test has {_many(tested, 'rating')} of {_many(topics, 'topic')}. Below "
            f"{_FEW_TEST_ROWS} ratings of {_FEW_TEST_TOPICS} topics, a difference between two "
            f"models is mostly chance. {_next_series(manifest)}"
        )
    elif manifest.left_out.get(LeftOut.WAITING, 0) > _rows_of(manifest, Split.TEST):
        yield f"More waits for the next test than is in this one. {_next_series(manifest)}"
    if counts["ratings"] < _FEW_RATINGS:
        yield (
            f"Below {_FEW_RATINGS} ratings a reward model orders answers to new topics poorly; "
            f"here are {counts['ratings']}."
        )
    if 0 < counts["preferences"] < _FEW_PREFERENCES:
        yield (
            f"Below {_FEW_PREFERENCES} preferences, training on them alone is not advisable; here "
            f"are {counts['preferences']}."
        )


def _rows_of(manifest: DatasetManifest, split: Split) -> int:
    return sum(manifest.rows(kind, split) for kind in Kind)


def _next_series(manifest: DatasetManifest) -> str:
    waiting = manifest.left_out.get(LeftOut.WAITING, 0)
    if not waiting:
        return "Count up `dataset.test_series` in the review policy when there are more labels."
    return (
        f"{_many(waiting, 'row')} {'waits' if waiting == 1 else 'wait'} for the next test: count "
        "up `dataset.test_series` in the review policy to draw it."
    )


def _changes(manifest: DatasetManifest) -> Iterator[str]:
    yield ""
    if manifest.previous is None:
        yield "This is the first version."
        return
    yield f"## What changed since version {manifest.previous}"
    yield "| rows | added | removed | rated anew |"
    yield "|---|---|---|---|"
    for kind in Kind:
        change = manifest.changes[kind]
        yield _row(kind.value, change.added, change.removed, change.changed)


def _figures(manifest: DatasetManifest) -> Iterator[str]:
    yield "## What is in it"
    scale = list(manifest.ratings[Split.TRAIN])
    yield _row("rating", *scale)
    yield _row("---", *("---" for _ in scale))
    for split in Split:
        yield _row(split.value, *manifest.ratings[split].values())
    if manifest.mean_agreement is not None:
        yield ""
        yield f"Mean agreement of labels of several raters: {manifest.mean_agreement:.2f}."
    yield from _counted("model", manifest.models)
    yield from _counted("language", manifest.languages)
    yield from _counted("picked because", {p.value: n for p, n in manifest.picks.items() if n})
    yield from _counted("sampling policy", manifest.sampling_policies)


def _counted(name: str, counts: Mapping[str, int]) -> Iterator[str]:
    if counts:
        yield ""
        yield f"| {name} | ratings |"
        yield "|---|---|"
        yield from (_row(_code(key), n) for key, n in counts.items())


def _left_out(manifest: DatasetManifest) -> Iterator[str]:
    yield "## What is not in it"
    yield f"{_many(manifest.withdrawals, 'conversation')} withdrawn so far."
    if manifest.left_out:
        yield ""
        yield "| left out | why |"
        yield "|---|---|"
        yield from (_row(n, _WHY_LEFT_OUT[why]) for why, n in manifest.left_out.items())
    yield ""


def _row(*cells: object) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _code(name: str) -> str:
    """A name from outside, so that it cannot be anything but text in a cell of a table."""
    plain = "".join(c if c.isprintable() and c not in "|`" else "?" for c in name)
    return f"`{plain[:200]}`"
