"""What an answer is an answer to: the question, with what was said before it.

A trained model is asked in the same words in training and by the chat: `asked_text`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

KEPT_TURNS = 6
"""Of what was said before; older turns are left out."""
KEPT_CHARACTERS = 2000
"""Of what was said before; a turn that does not fit any more is left out with all older ones."""
AUTHORS = ("customer", "assistant", "expert")
"""Whose words are passed on: status lines are not."""


@dataclass(frozen=True)
class Asked:
    """A customer's question. `context` is what was said before, oldest first: (author, text)."""

    question: str
    context: tuple[tuple[str, str], ...] = ()


def asked_text(question: str, context: Sequence[tuple[str, str]] = ()) -> str:
    """The question as a trained model is asked it.

    The last turns, oldest first, in lines such as `customer: …`, `assistant: …` or `expert: …`, and
    `customer: …` with the question at the end; without context, the question alone. A text's own
    line breaks become spaces, so that nobody can write a line that seems to be another's.
    """
    lines = [f"{author}: {text}" for author, text in last_turns(context)]
    asked = _one_line(question)
    return "\n".join([*lines, f"customer: {asked}"]) if lines else asked


def last_turns(context: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The turns that count, oldest first, each text in one line."""
    kept: list[tuple[str, str]] = []
    room = KEPT_CHARACTERS
    for author, text in reversed(context):
        said = _one_line(text)
        if author not in AUTHORS or not said:
            continue
        room -= len(said)
        if room < 0 or len(kept) == KEPT_TURNS:
            break
        kept.append((author, said))
    kept.reverse()
    return kept


def _one_line(text: str) -> str:
    return " ".join(text.split())
