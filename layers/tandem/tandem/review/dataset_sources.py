"""What a dataset is made from: labels, reviewers' better answers, and what experts answered."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched
from typing import Literal, NamedTuple

from tandem.review.dataset_rows import (
    DemonstrationRow,
    Kind,
    LeftOut,
    PreferenceRow,
    RatingRow,
    Row,
    digest_of,
    line_of,
    same_question,
    same_text,
)
from tandem.review.models import Candidate, CandidateStatus, ContextTurn, Correction, Label
from tandem.review.ports import ReviewWorld

_BATCH = 100
_UNDETERMINED = "und"
"""Of ISO 639-2."""


@dataclass(slots=True)
class Item:
    """What will be a row, alone or with others that have the same texts."""

    kind: Kind
    id: str
    """Of the row."""
    reverse: str
    """The id that a preference of the rejected to the chosen has; empty for other rows."""
    topic: str
    question: str
    """The same for prompts that are the same question."""
    conversations: tuple[str, ...]
    order: tuple[datetime, str]
    """Oldest first; never the same twice within a row."""
    candidate: str
    """Whose label it is; empty where it is no rating."""
    line: bytes
    """The row, if it is the only one: a text takes less memory than a model."""

    def row(self) -> Row:
        match self.kind:
            case Kind.RATINGS:
                return RatingRow.model_validate_json(self.line)
            case Kind.PREFERENCES:
                return PreferenceRow.model_validate_json(self.line)
            case Kind.DEMONSTRATIONS:
                return DemonstrationRow.model_validate_json(self.line)


@dataclass(slots=True)
class Gathered:
    items: list[Item] = field(default_factory=list)
    labels: int = 0
    sampling_policies: Counter[str] = field(default_factory=Counter)
    left_out: Counter[LeftOut] = field(default_factory=Counter)


def gather(world: ReviewWorld, just_labeled: Sequence[str] = ()) -> Gathered:
    """Read all that may go into a dataset. `just_labeled`: ids of candidates that the index of
    labelled ones may not have yet."""
    gathered = Gathered()
    for candidates in _labeled(world, just_labeled):
        withdrawn = world.records.withdrawn(
            c for found in candidates for c in _conversations(found)
        )
        for candidate in candidates:
            left = [name for name in _conversations(candidate) if name not in withdrawn]
            if left:
                _add_candidate(gathered, candidate, left)
            else:
                gathered.left_out[LeftOut.WITHDRAWN] += 1
    for corrections in batched(world.corrections.all(), _BATCH, strict=False):
        withdrawn = world.records.withdrawn(found.conversation_id for found in corrections)
        for correction in corrections:
            if correction.conversation_id not in withdrawn:
                _add_correction(gathered, correction)
            else:
                gathered.left_out[LeftOut.WITHDRAWN] += 1
    return gathered


def _labeled(world: ReviewWorld, just_labeled: Sequence[str]) -> Iterator[list[Candidate]]:
    """All labelled candidates as they are now, each once."""
    seen: set[str] = set()

    def ids() -> Iterator[str]:
        yield from just_labeled
        for candidate in world.candidates.of_status(CandidateStatus.LABELED):
            yield candidate.candidate_id

    def new_ids() -> Iterator[str]:
        for candidate_id in ids():
            if candidate_id not in seen:
                seen.add(candidate_id)
                yield candidate_id

    for batch in batched(new_ids(), _BATCH, strict=False):
        yield [
            candidate
            for candidate in world.candidates.many(batch)
            if candidate.status is CandidateStatus.LABELED and candidate.label is not None
        ]


def _conversations(candidate: Candidate) -> tuple[str, ...]:
    return tuple(dict.fromkeys((candidate.pair.conversation_id, *candidate.conversations)))


class _Text(NamedTuple):
    """As it is written, and as it is compared."""

    body: str
    plain: str


def _text(text: str) -> _Text:
    return _Text(text.strip(), same_text(text))


@dataclass(frozen=True, slots=True)
class _Origin:
    """What all rows of one candidate or correction have in common."""

    name: str
    prompt: _Text
    question: str
    topic: str
    language: str | None
    context: tuple[ContextTurn, ...]
    conversations: tuple[str, ...]
    at: datetime

    def row_id(self, kind: Kind, *texts: _Text) -> str:
        plain = (text.plain for text in texts)
        return f"{kind.value[0]}-{digest_of(self.prompt.plain, *plain)}"

    def item(self, kind: Kind, row: Row, number: int = 0, reverse: str = "") -> Item:
        return Item(
            kind=kind,
            id=row.id,
            reverse=reverse,
            topic=self.topic,
            question=self.question,
            conversations=self.conversations,
            order=(self.at, f"{self.name}#{number:03d}"),
            candidate=self.name if kind is Kind.RATINGS else "",
            line=line_of(row),
        )


def _add_candidate(gathered: Gathered, candidate: Candidate, conversations: Sequence[str]) -> None:
    """`conversations`: those that it came up in and that are not withdrawn."""
    pair, label = candidate.pair, candidate.label
    assert label is not None
    prompt, response = _text(pair.question), _text(pair.answer)
    if not prompt.plain or not response.plain:
        gathered.left_out[LeftOut.EMPTY] += 1
        return
    gathered.labels += 1
    gathered.sampling_policies[candidate.policy_version] += 1
    origin = _Origin(
        name=candidate.candidate_id,
        prompt=prompt,
        question=digest_of(same_question(prompt.body)),
        topic=candidate.topic,
        language=_known(pair.language),
        # What was said before is of the first conversation alone.
        context=pair.context if conversations[0] == pair.conversation_id else (),
        conversations=tuple(conversations),
        at=candidate.created_at,
    )
    row = RatingRow(
        id=origin.row_id(Kind.RATINGS, response),
        prompt=prompt.body,
        topic=origin.topic,
        language=origin.language,
        context=origin.context,
        response=response.body,
        reward=label.rating,
        raters=label.raters,
        agreement=label.agreement,
        source=_source(label),
        model_id=pair.model_id,
        picks=tuple(sorted(candidate.picks)),
    )
    gathered.items.append(origin.item(Kind.RATINGS, row))
    for number, better in enumerate(label.better_answers):
        _add_answer(
            gathered, origin, _text(better), response, pair.model_id, by="reviewer", number=number
        )


def _known(language: str | None) -> str | None:
    return None if language == _UNDETERMINED else language


def _source(label: Label) -> Literal["reviewers", "lead"]:
    return "lead" if label.rule == "adjudicated" else "reviewers"


def _add_correction(gathered: Gathered, correction: Correction) -> None:
    prompt = _text(correction.question)
    if not prompt.plain:
        gathered.left_out[LeftOut.EMPTY] += 1
        return
    origin = _Origin(
        name=correction.correction_id,
        prompt=prompt,
        question=digest_of(same_question(prompt.body)),
        topic=correction.topic,
        language=_known(correction.language),
        context=correction.context,
        conversations=(correction.conversation_id,),
        at=correction.at,
    )
    written, rejected = _text(correction.expert_answer), _text(correction.assistant_answer or "")
    _add_answer(gathered, origin, written, rejected, correction.model_id, by="expert")


def _add_answer(
    gathered: Gathered,
    origin: _Origin,
    chosen: _Text,
    rejected: _Text,
    model_id: str | None,
    *,
    by: Literal["expert", "reviewer"],
    number: int = 0,
) -> None:
    """What a person answered, beside what a model had; `rejected` is empty where there is none."""
    if not chosen.plain:
        gathered.left_out[LeftOut.EMPTY] += 1
        return
    demonstration = DemonstrationRow(
        id=origin.row_id(Kind.DEMONSTRATIONS, chosen),
        prompt=origin.prompt.body,
        topic=origin.topic,
        language=origin.language,
        context=origin.context,
        response=chosen.body,
        written_by=by,
    )
    gathered.items.append(origin.item(Kind.DEMONSTRATIONS, demonstration, number))
    if not rejected.plain:
        return
    if chosen.plain == rejected.plain:
        gathered.left_out[LeftOut.CHOSEN_IS_REJECTED] += 1
        return
    preference = PreferenceRow(
        id=origin.row_id(Kind.PREFERENCES, chosen, rejected),
        prompt=origin.prompt.body,
        topic=origin.topic,
        language=origin.language,
        context=origin.context,
        chosen=chosen.body,
        rejected=rejected.body,
        chosen_by=by,
        model_id=model_id,
    )
    reverse = origin.row_id(Kind.PREFERENCES, rejected, chosen)
    gathered.items.append(origin.item(Kind.PREFERENCES, preference, number, reverse))


# --- one row of several --------------------------------------------------------------------------
def merged(items: Sequence[Item]) -> bytes:
    """The line of the row that these items, of one id, make together; oldest first.

    Texts, topic, language and context are the oldest's. Several ratings become their mean, weighted
    by their raters; what a lead decided counts alone.
    """
    if len(items) == 1:
        return items[0].line
    rows = [item.row() for item in items]
    first = rows[0]
    changes: dict[str, object] = {}
    if isinstance(first, RatingRow):
        changes = _rating_of([row for row in rows if isinstance(row, RatingRow)])
    elif isinstance(first, PreferenceRow):
        pairs = [row for row in rows if isinstance(row, PreferenceRow)]
        changes["model_id"] = _only(row.model_id for row in pairs)
        if any(row.chosen_by == "expert" for row in pairs):
            changes["chosen_by"] = "expert"
    elif any(isinstance(row, DemonstrationRow) and row.written_by == "expert" for row in rows):
        changes["written_by"] = "expert"
    return line_of(first.model_copy(update=changes))


def _rating_of(rows: Sequence[RatingRow]) -> dict[str, object]:
    decided = [row for row in rows if row.source == "lead"]
    counted = decided or rows
    raters = sum(row.raters for row in counted)
    apart = max(row.reward for row in counted) - min(row.reward for row in counted)
    known = [row.agreement for row in counted if row.agreement is not None]
    return {
        "reward": round(sum(row.reward * row.raters for row in counted) / raters, 4),
        "raters": raters,
        "agreement": min(*known, 1 - apart / 4) if known else 1 - apart / 4,
        "source": counted[0].source,
        "model_id": _only(row.model_id for row in rows),
        "picks": tuple(sorted({pick for row in rows for pick in row.picks})),
    }


def _only(names: Iterable[str | None]) -> str | None:
    """The one name that all have."""
    different = set(names)
    return different.pop() if len(different) == 1 else None
