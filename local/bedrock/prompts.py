"""The two prompts of Tandem, read back from the text of the last user message.

The contract (customer texts and passages XML-escaped, so that no tag inside them is ours):
answer: <passages><passage index="1" title="…" source="…">…</passage></passages>
        <question>…</question>
gate:   <earlier><message>…</message></earlier><message>…</message>
"""

import re
from dataclasses import dataclass
from html import unescape


@dataclass(frozen=True, slots=True)
class Passage:
    """A numbered piece of a document, as text or Markdown."""

    index: int
    text: str
    title: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class AnswerPrompt:
    """A question and what may be used to answer it; `grounded` False: no passages element."""

    question: str
    passages: tuple[Passage, ...] = ()
    grounded: bool = False


@dataclass(frozen=True, slots=True)
class GatePrompt:
    """A customer's message and the ones before it, oldest first."""

    message: str
    earlier: tuple[str, ...] = ()


_OPENING = re.compile(r"<passage\b([^<>]*)>")
_ATTRIBUTE = re.compile(r'([a-z]+)="([^"]*)"')


def _between(text: str, opening: str, closing: str, start: int = 0) -> tuple[str, int] | None:
    begin = text.find(opening, start)
    if begin < 0:
        return None
    begin += len(opening)
    end = text.find(closing, begin)
    return (text[begin:end], end + len(closing)) if end >= 0 else None


def read_answer_prompt(text: str) -> AnswerPrompt:
    """The question and passages of a user message; a message without the elements is a question."""
    question = _between(text, "<question>", "</question>")
    asked = unescape(question[0]).strip() if question else text.strip()
    block = _between(text, "<passages>", "</passages>")
    if block is None:
        return AnswerPrompt(asked)
    passages: list[Passage] = []
    for found in _OPENING.finditer(block[0]):
        end = block[0].find("</passage>", found.end())
        if end < 0:
            break
        named = {k: unescape(v) for k, v in _ATTRIBUTE.findall(found[1])}
        index = named.get("index", "")
        passages.append(
            Passage(
                int(index) if index.isdecimal() else len(passages) + 1,
                unescape(block[0][found.end() : end]).strip(),
                named.get("title", ""),
                named.get("source", ""),
            )
        )
    return AnswerPrompt(asked, tuple(passages), grounded=True)


def read_gate_prompt(text: str) -> GatePrompt:
    """The message to be judged, and the earlier ones."""
    earlier: list[str] = []
    start = 0
    if block := _between(text, "<earlier>", "</earlier>"):
        at = 0
        while found := _between(block[0], "<message>", "</message>", at):
            earlier.append(unescape(found[0]).strip())
            at = found[1]
        start = block[1]
    message = _between(text, "<message>", "</message>", start)
    judged = unescape(message[0]).strip() if message else text[start:].strip()
    return GatePrompt(judged, tuple(earlier))
