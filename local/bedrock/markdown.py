"""Markdown read as plain text: what a search engine indexes and what a reader quotes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

_FENCE = re.compile(r"^ {0,3}(```+|~~~+)")
_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*$")
_ANCHOR = re.compile(r"<a\s+(?:name|id)\s*=[^<>]*>(?:</a>)?", re.IGNORECASE)
_IMAGE = re.compile(r"!\[((?:\\.|[^\[\]\\])*)\]\([^()\s]*(?:\s\"[^\"()]*\")?\)")
_LINK = re.compile(r"(?<!!)\[((?:\\.|[^\[\]\\])+)\]\(([^()\s]*)(?:\s\"[^\"()]*\")?\)")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_EMPHASIS = re.compile(r"(\*\*|__)(?=\S)(.{1,400}?)(?<=\S)\s?\1")
_ITALIC = re.compile(r"(?<![\w*])([*_])(?=\S)([^*_\n]{1,400})(?<=\S)\1(?![\w*])")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!<>|~&\"'$%,/:;=?@^])")
_RULE = re.compile(r"^\s*(?:[-*_]\s*){3,}$|^(?=[^-]*-)(?=[^|]*\|)[\s:|-]+$")
_ITEM = re.compile(r"^\s*(?:[+*-]|\d{1,3}[.)])\s+")
_LABEL = re.compile(r"^\s*\*\*([^*]+)\*\*\s*$")
_ONLY_LINK = re.compile(r"^\[(?:\\.|[^\]\\])+\]\([^()\s]*\)\W*$")
_SPACE = re.compile(r"[ \t\u00a0]+")


# label: a bold line that heads what follows; nav: a list item that is nothing but a link
type Kind = Literal["text", "item", "row", "code", "label", "nav"]


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list item, table row or code block, as plain text."""

    kind: Kind
    text: str


@dataclass(slots=True)
class Section:
    """What stands under one heading. `path` are the headings above, the document's title first."""

    heading: str
    path: tuple[str, ...]
    blocks: list[Block] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The prose: everything but code and tables, one block per line."""
        return "\n".join(b.text for b in self.blocks if b.kind in ("text", "item"))


@dataclass(frozen=True, slots=True)
class Link:
    """A link to another document, with the sentence that it stands in."""

    target: str
    text: str
    context: str


@dataclass(slots=True)
class Page:
    """A document."""

    title: str
    sections: list[Section]
    links: list[Link]


def inline(text: str) -> str:
    """One line of Markdown as plain text. Linear in its length."""
    text = _ANCHOR.sub("", text)
    text = _IMAGE.sub("", text)
    text = _LINK.sub(r"\1", text)
    spans = text.split("`")
    closed = len(spans) % 2 == 1
    for at in range(len(spans)):
        if at % 2 == 0 or not closed:
            plain = _TAG.sub("", spans[at])
            plain = _EMPHASIS.sub(_unbold, plain)
            spans[at] = _ITALIC.sub(r"\2", plain)
    text = _ESCAPE.sub(r"\1", "".join(spans))
    return _SPACE.sub(" ", text).strip()


def _unbold(found: re.Match[str]) -> str:
    follows = found.string[found.end() : found.end() + 1]
    return f"{found[2]} " if found[2].endswith(":") and follows.isalnum() else found[2]


def read_page(name: str, raw: str) -> Page:
    """A Markdown document in sections. Without a heading the file's name is the title."""
    title = ""
    sections: list[Section] = []
    links: list[Link] = []
    above: list[tuple[int, str]] = []
    for level, heading, lines in _parts(raw):
        if heading:
            above = [(deep, text) for deep, text in above if deep < level]
            title = title or heading
            path = tuple(text for _, text in above)
            above.append((level, heading))
        else:
            path = ()
        section = Section(heading, path)
        for block, source in _blocks(lines):
            section.blocks.append(block)
            links.extend(_links(block, source))
        sections.append(section)
    title = title or words_of_name(name)
    return Page(title, [s for s in sections if s.blocks or s.heading], links)


def words_of_name(name: str) -> str:
    """A file's name as words: `async-inference.md` is "async inference"."""
    return re.sub(r"[-_.]+", " ", name.rsplit("/", 1)[-1].rsplit(".", 1)[0])


def _parts(raw: str) -> Iterator[tuple[int, str, list[str]]]:
    level, heading, lines, fence = 0, "", list[str](), ""
    for line in raw.splitlines():
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence):
            fence = ""
        found = None if fence or mark else _HEADING.match(line)
        if found:
            if heading or lines:
                yield level, heading, lines
            level, heading, lines = len(found[1]), inline(found[2]), []
        else:
            lines.append(line)
    if heading or lines:
        yield level, heading, lines


class _Blocks:
    """Puts a section's lines together to blocks, each with its Markdown source."""

    def __init__(self) -> None:
        self.done: list[tuple[Block, str]] = []
        self._kept: list[str] = []
        self._kind: Kind = "text"
        self._label = ""
        self._fence = ""
        self._code: list[str] = []

    def add(self, line: str) -> None:
        """Take the next line."""
        mark = _FENCE.match(line)
        if self._fence:
            if mark and mark[1].startswith(self._fence):
                self._end_code()
            else:
                self._code.append(line)
        elif mark:
            self.flush()
            self._fence = mark[1]
        elif not line.strip() or _RULE.match(line):
            self.flush()
        elif line.lstrip().startswith("|"):
            self._add_row(line)
        elif bold := _LABEL.match(line):
            self.flush()
            self._label = inline(bold[1]).rstrip(":")
        elif item := _ITEM.match(line):
            self.flush()
            self._kind = "item"
            self._kept.append(line[item.end() :].strip())
        else:
            self._kept.append(line.strip())

    def end(self) -> None:
        """No line follows."""
        self.flush()
        if self._code:
            self._end_code()

    def flush(self) -> None:
        """End the block that is being read."""
        source = " ".join(self._kept)
        text = inline(source)
        if text and self._kind == "item" and _ONLY_LINK.match(source):
            self.done.append((Block("nav", text), source))
        elif text:
            named = f"{self._label}: {text}" if self._label else text
            self.done.append((Block(self._kind, named), source))
            self._label = ""
        elif self._label:
            self.done.append((Block("label", self._label), ""))
            self._label = ""
        self._kept.clear()
        self._kind = "text"

    def _add_row(self, line: str) -> None:
        self.flush()
        self._kind = "row"
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
        self._kept.append(" | ".join(cell for cell in cells if cell))
        self.flush()

    def _end_code(self) -> None:
        self.done.append((Block("code", "\n".join(self._code)), ""))
        self._fence, self._code = "", []


def _blocks(lines: list[str]) -> list[tuple[Block, str]]:
    """Blocks with their Markdown source."""
    blocks = _Blocks()
    for line in lines:
        blocks.add(line)
    blocks.end()
    return blocks.done


def _links(block: Block, source: str) -> Iterator[Link]:
    if block.kind == "code" or "](" not in source:
        return
    for found in _LINK.finditer(source):
        target = found[2].partition("#")[0]
        if target and "://" not in target:
            yield Link(target.rsplit("/", 1)[-1], inline(found[1]), block.text[:400])


_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|approx|Fig|No|Inc|Dr|Mr|Ms|St|N)\.|\b[A-Z]\.)$"
)
_END = re.compile(r"[.!?](?=[\"')\]]*\s+[\"'(\[]*[A-Z0-9`])|[。！？]")


def sentences(text: str) -> list[str]:
    """A paragraph's sentences, whole."""
    parts: list[str] = []
    start = 0
    for found in _END.finditer(text):
        stop = found.end()
        while stop < len(text) and text[stop] in "\"')]":
            stop += 1
        if _ABBREVIATION.search(text[max(start, stop - 12) : stop]):
            continue
        parts.append(text[start:stop].strip())
        start = stop
    parts.append(text[start:].strip())
    return [part for part in parts if part]
