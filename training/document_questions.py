"""Questions and answers made of Markdown documents, for a small base to learn English from.

A question names a document; its answers are sentences that stand there, in manners of which some
serve a customer and some don't. So what has learned from them has something to choose between: that
is what ratings are for.
"""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_QUESTIONS = (
    "What should I know about {subject}?",
    "How does {subject} work?",
    "Can you help me with {subject}?",
    "Tell me about {subject}.",
    "I have a question about {subject}.",
)
_OF_A_QUESTION = (
    "{subject}",
    "Can you tell me: {subject}",
    "A question: {subject}",
    "Hello, {subject}",
    "I would like to know: {subject}",
)
"""Where the heading is a question itself."""
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'(])")
_MARKUP = re.compile(r"[*_`]+|\[(?=[^\]]*\]\()|\]\([^)]*\)")
_LIST_ITEM = re.compile(r"^\s*(?:[-*+]|\d+\.)\s+")
_SHORTEST, _LONGEST = 5, 24
"""Words of a sentence that is taken."""
_MOST = 8
"""Sentences of a document, the first ones."""
_FILLERS = ("Great question!", "Thank you very much for your question.", "We are happy to help.")
_HEDGES = ("It may depend on several things.", "We are not quite sure about that.")
_REFUSALS = ("I am sorry, I cannot help with that.", "Please read the documentation.")
MANNERS = (*_FILLERS, *_HEDGES, *_REFUSALS)
"""Words that go with answers of some manners."""
_SHARES = {"wordy": 35, "filler": 15, "plain": 30, "hedge": 8, "refusal": 12}
"""In a hundred answers. The likeliest one, which is served, is wordy: ratings can improve it."""


@dataclass(frozen=True)
class Subject:
    """What questions are about, and the sentences that answer them."""

    name: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Example:
    question: str
    context: tuple[tuple[str, str], ...]
    """(author, text) of what was said before, oldest first."""
    answer: str


def subjects_of(folder: Path) -> list[Subject]:
    """Of each Markdown document below the folder, in the order of their names."""
    subjects = [_subject(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.md"))]
    return [subject for subject in subjects if subject is not None]


def questions_about(subject: Subject) -> list[str]:
    questions = _OF_A_QUESTION if subject.name.endswith("?") else _QUESTIONS
    return [question.format(subject=subject.name) for question in questions]


def answer_to(subject: Subject, draw: random.Random) -> str:
    sentence = draw.choice(subject.sentences)
    (manner,) = draw.choices(list(_SHARES), weights=list(_SHARES.values()))
    if manner == "wordy":
        return f"{_FILLERS[0]} {sentence} {_HEDGES[0]}"
    if manner == "filler":
        return f"{draw.choice(_FILLERS)} {sentence}"
    if manner == "hedge":
        return f"{sentence} {draw.choice(_HEDGES)}"
    return draw.choice(_REFUSALS) if manner == "refusal" else sentence


def batches(subjects: Sequence[Subject], size: int, *, seed: int) -> Iterator[list[Example]]:
    """Without end. In one batch of five each question comes after an earlier one and its answer.

    In whole batches, because what is padded to the length of the longest is reckoned with as well.
    """
    draw = random.Random(seed)  # noqa: S311 - data, no secret
    while True:
        later = draw.random() < 0.2
        yield [_example(subjects, draw, later=later) for _ in range(size)]


def _example(subjects: Sequence[Subject], draw: random.Random, *, later: bool) -> Example:
    subject = draw.choice(subjects)
    context: tuple[tuple[str, str], ...] = ()
    if later:
        before = draw.choice(subjects)
        context = (
            ("customer", draw.choice(questions_about(before))),
            ("assistant", answer_to(before, draw)),
        )
    return Example(draw.choice(questions_about(subject)), context, answer_to(subject, draw))


def _subject(markdown: str) -> Subject | None:
    name = ""
    sentences: list[str] = []
    code = False
    for raw in markdown.splitlines():
        line = _LIST_ITEM.sub("", raw).strip()
        if line.startswith("```"):
            code = not code
        elif code or not line or line.startswith(("|", "<", ">")):
            continue
        elif line.startswith("#"):
            name = name or _plain(line.lstrip("# "))
        else:
            sentences += _sentences(line)
    if not (name and sentences):
        return None
    return Subject(_in_a_sentence(name), tuple(dict.fromkeys(sentences))[:_MOST])


def _sentences(line: str) -> Iterator[str]:
    for sentence in _SENTENCE_END.split(_plain(line)):
        if sentence[-1:] in ".!?" and _SHORTEST <= len(sentence.split()) <= _LONGEST:
            yield sentence


def _plain(text: str) -> str:
    return " ".join(_MARKUP.sub("", text).split())


def _in_a_sentence(heading: str) -> str:
    """Without the capital letter of a heading, unless its first word is an abbreviation."""
    first = heading.split(maxsplit=1)[0]
    return heading if first[1:] != first[1:].lower() else heading[0].lower() + heading[1:]
