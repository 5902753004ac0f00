"""The passage of a page that says most about a question, at most 1,500 characters of it."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from local.bedrock.markdown import Block, Page, Section, sentences
from local.bedrock.terms import terms

LONGEST = 1500
_SECTIONS = 3


def passage(page: Page, scores: NDArray[np.float32], question: str) -> str:
    """The best sections' blocks, as simple Markdown in reading order, whole sentences only.

    `scores` are the page's sections' in order. An opening without any match stands in for a page
    that was found by its meaning only.
    """
    wanted = frozenset(terms(question))
    order = [int(i) for i in np.argsort(-scores, kind="stable")[:_SECTIONS]]
    chosen: list[tuple[int, str]] = []
    room = LONGEST
    best = float(scores[order[0]]) if order else 0.0
    for at in order:
        if at >= len(page.sections) or room < 200:
            break
        if chosen and scores[at] < 0.6 * best:
            break
        text = _section_text(page.sections[at], wanted, room)
        if text:
            chosen.append((at, text))
            room -= len(text) + 2
    return "\n\n".join(text for _, text in sorted(chosen))


def _section_text(section: Section, wanted: frozenset[str], room: int) -> str:
    heading = f"## {section.heading}" if section.heading else ""
    room -= len(heading) + 2
    kept = [block for block in section.blocks if block.kind != "nav"]
    blocks = [_written(block) for block in kept]
    worth = [
        gain * _KIND_WORTH.get(block.kind, 1.0)
        for block, gain in zip(kept, _worths([b.text for b in kept], wanted), strict=True)
    ]
    if not any(blocks):
        return ""
    start, stop = _window(blocks, worth, room)
    lines = blocks[start:stop]
    if stop - start == 1 and len(lines[0]) > room:
        lines = [_shortened(lines[0], wanted, room)]
    body = "\n".join(line for line in lines if line)
    return f"{heading}\n{body}".strip() if body else ""


def _written(block: Block) -> str:
    match block.kind:
        case "item":
            return f"- {block.text}"
        case "label":
            return f"**{block.text}**"
        case "row":
            return f"| {block.text} |"
        case "code":
            return f"```\n{block.text}\n```"
        case _:
            return block.text


_KIND_WORTH = {"code": 0.3, "row": 0.7}


def _worths(texts: Sequence[str], wanted: frozenset[str]) -> list[float]:
    """What each text says about the question; a word that stands in many of them says little."""
    found = [wanted.intersection(terms(text)) for text in texts]
    count = Counter(term for own in found for term in own)
    return [sum(1 / count[term] for term in own) for own in found]


def _window(blocks: Sequence[str], worth: Sequence[float], room: int) -> tuple[int, int]:
    """The run of blocks that fits and is worth most; the earliest of equals."""
    best, at = -1.0, (0, 1)
    for start in range(len(blocks)):
        size, gain, stop = 0, 0.0, start
        while stop < len(blocks) and (stop == start or size + len(blocks[stop]) + 1 <= room):
            size += len(blocks[stop]) + 1
            gain += worth[stop]
            stop += 1
        if gain > best + 1e-9:
            best, at = gain, (start, stop)
        if stop == len(blocks):
            break
    return at


def _shortened(text: str, wanted: frozenset[str], room: int) -> str:
    """A block that is too long: the run of its sentences (or lines) that is worth most."""
    if text.startswith("```"):
        lines, kept = text.splitlines()[1:-1], list[str]()
        for line in lines:
            if sum(map(len, kept)) + len(kept) + len(line) + 8 > room:
                break
            kept.append(line)
        return "```\n" + "\n".join(kept) + "\n```" if kept else ""
    parts = sentences(text)
    start, stop = _window(parts, _worths(parts, wanted), room)
    run = " ".join(parts[start:stop])
    return run if len(run) <= room else run[: run.rfind(" ", 0, room)]
