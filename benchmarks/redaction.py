"""Taking personal data out of texts: how fast, and whether the time grows with the length alone.

Every round redacts the same texts two ways, one after the other: by the review module's redactor,
and by the live module's, which only knows what a few regular expressions find. The texts are the
paragraphs of the local stack's documents, a quarter of them with something personal put in. Then
texts of hostile shapes, a hundred thousand and a million characters long, are timed: ten times the
length should take ten times as long. So are whole conversations, in which every message introduces
another name, or stands beside one, or is talked of in all the others.

`python -m benchmarks.redaction` prints the table of this alone.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tandem.aws.personal_data import PersonalData
from tandem.live.redaction import redact

_DOCUMENTS = Path(__file__).parents[1] / "local" / "knowledge"
_PERSONAL = (
    "My name is Jane Doe, my e-mail is jane.doe@example.com. ",
    "Please call me at +49 30 1234567 or on 0171 2345678. ",
    "I paid with 4111 1111 1111 1111, order number 4711-2233. ",
    "Our endpoint at 203.0.113.7 answers with AKIAIOSFODNN7EXAMPLE. ",
)
SHORT, LONG = 100_000, 1_000_000
"""Characters."""
SHAPES: dict[str, str] = {
    "ordinary text": "The endpoint adds instances when the load rises, at 14:30 on 2024-05-17. ",
    "a@a.a.a.": "a@a.a.a.",
    "digits": "1234567890",
    "1-1-1-": "1-",
    "1.1.1.": "1.",
    "phone numbers": "415-555-2671 ",
    "brackets": "(1",
    "base64": "aB3/",
    "my name is": "my name is ",
}
_A_NAME = "X{}"
_A_MESSAGE = 100
"""Characters, about."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """Messages, and the names that are known beside them."""

    message: str
    """`{own}` is a name of its own, `{other}` one of another message."""
    known: bool = False

    def texts(self, length: int) -> tuple[list[str], list[str]]:
        names = [_A_NAME.format(_letters(number)) for number in range(length // _A_MESSAGE)]
        filled = [
            self.message.format(own=name, other=names[-number]) for number, name in enumerate(names)
        ]
        return [text.ljust(_A_MESSAGE, ".") for text in filled], names if self.known else []


CONVERSATIONS = {
    "each introduces a name": Conversation("My name is {own}. What does an endpoint cost me then?"),
    "each talks of another": Conversation("My name is {own}, and {other} says that it costs me."),
    "each has a name beside it": Conversation("What does {own} pay, and why not {other}?", True),
    "the names begin alike": Conversation("My name is Jane Maria {own}, not Jane Maria {other}."),
}


def _letters(number: int) -> str:
    """Of no other number, and no word."""
    return "".join(chr(ord("a") + int(digit)) for digit in f"{number:06}")


@dataclass(slots=True)
class Figures:
    texts: int = 0
    characters: int = 0
    live: list[float] = field(default_factory=list)
    """Texts per second, one entry for each round."""
    review: list[float] = field(default_factory=list)
    growth: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Shape → seconds for the long text, and these over ten times those for the short one."""


def texts() -> list[str]:
    """Paragraphs of the documents; every fourth with something personal."""
    paragraphs = [
        paragraph
        for document in sorted(_DOCUMENTS.glob("*.md"))
        for paragraph in document.read_text().split("\n\n")
        if len(paragraph) > 80
    ]
    return [
        _PERSONAL[number // 4 % len(_PERSONAL)] + paragraph if number % 4 == 0 else paragraph
        for number, paragraph in enumerate(paragraphs)
    ]


def main(rounds: int) -> Figures:
    """Rounds of both ways, after a warm-up of each; then the hostile shapes."""
    sample = texts()
    figures = Figures(texts=len(sample), characters=sum(map(len, sample)))
    for ready in (_by_live, _by_review):
        ready(sample)
    for _ in range(rounds):
        figures.live.append(len(sample) / _cpu_seconds(lambda: _by_live(sample)))
        figures.review.append(len(sample) / _cpu_seconds(lambda: _by_review(sample)))
    for name, shape in SHAPES.items():
        before, after = _seconds_of(shape, SHORT), _seconds_of(shape, LONG)
        figures.growth[name] = after, after / before / (LONG / SHORT)
    for name, conversation in CONVERSATIONS.items():
        before, after = (_seconds_for(conversation, length) for length in (SHORT, LONG))
        figures.growth[name] = after, after / before / (LONG / SHORT)
    return figures


def _by_live(some: Sequence[str]) -> list[str]:
    return [redact(text) for text in some]


def _by_review(some: Sequence[str]) -> list[str]:
    return [said for text in some for said in PersonalData().redact([text])]


def _seconds_of(shape: str, length: int) -> float:
    text = (shape * (length // len(shape) + 1))[:length]
    return min(_cpu_seconds(lambda: _by_review([text])) for _ in range(2))


def _seconds_for(conversation: Conversation, length: int) -> float:
    texts, names = conversation.texts(length)
    return min(_cpu_seconds(lambda: PersonalData().redact(texts, names)) for _ in range(2))


def _cpu_seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def table(figures: Figures) -> str:
    live, review = statistics.median(figures.live), statistics.median(figures.review)
    rows = [
        f"Redaction ({figures.texts} texts of {figures.characters / figures.texts:.0f} characters)"
        "    texts/s   over live   target",
        f"{'live: regular expressions':44} {live:8.0f} {1:11.2f}",
        f"{'review: presidio and the rules':44} {review:8.0f} {live / review:11.2f}   <= 6",
        f"{len(figures.review)} rounds",
        "",
        f"{'A million characters of':32} seconds   over ten times a tenth   target",
        *(
            f"{name:32} {seconds:7.2f}   {growth:22.2f}   <= 1.5"
            for name, (seconds, growth) in figures.growth.items()
        ),
    ]
    return "\n".join(rows)


if __name__ == "__main__":
    print(table(main(rounds=20)))
