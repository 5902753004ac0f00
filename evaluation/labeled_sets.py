"""Reads labeled sets: one JSON object on each line. README.md describes the fields."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic import model_validator as after_reading

_LANGUAGE = re.compile(r"-([a-z]{2})$")

NotBlank = Annotated[str, StringConstraints(pattern=r"\S")]


class BadSetError(ValueError):
    """A labeled set cannot be used; the text names the file and the line."""


class _Line(BaseModel):
    # Strict: "no" in quotes is not a truth value. Further fields, such as notes, are left alone.
    model_config = ConfigDict(frozen=True, strict=True)

    id: NotBlank


class LabeledMessage(_Line):
    """A customer's message, and whether a person should be called."""

    text: NotBlank
    person: bool
    why: NotBlank = "unlabeled"

    @property
    def language(self) -> str | None:
        """The language code that the id ends in, if it does."""
        found = _LANGUAGE.search(self.id)
        return found[1] if found else None


class LabeledQuestion(_Line):
    """A customer's question, and the pages of which each answers it."""

    question: NotBlank
    answerable: bool
    pages: Annotated[tuple[NotBlank, ...], Field(strict=False)] = ()

    @after_reading(mode="after")
    def _pages_answer(self) -> Self:
        if self.answerable and not self.pages:
            raise ValueError("an answerable question needs the pages that answer it")
        if self.pages and not self.answerable:
            raise ValueError("a question with pages that answer it is answerable")
        return self


def read[L: _Line](
    path: Path, kind: type[L], check: Callable[[L], str | None] = lambda _: None
) -> list[L]:
    """Read a set; blank lines are skipped.

    `check` says what else is wrong with a line, if anything. Raises `BadSetError` for the first bad
    line, and for a file that is missing, empty or not UTF-8.
    """
    try:
        # Not splitlines: a text may hold U+2028 and the like unescaped.
        raw = path.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise BadSetError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadSetError(f"{path}: is not UTF-8: {error}") from error
    lines: list[L] = []
    known: dict[str, int] = {}
    for number, text in enumerate(raw, start=1):
        if not text.strip():
            continue
        where = f"{path}, line {number}"
        line = _parse(text, kind, where)
        if line.id in known:
            raise BadSetError(f"{where}: the id {line.id} is on line {known[line.id]} already")
        if problem := check(line):
            raise BadSetError(f"{where}: {problem}")
        known[line.id] = number
        lines.append(line)
    if not lines:
        raise BadSetError(f"{path}: holds no lines")
    return lines


def _parse[L: _Line](text: str, kind: type[L], where: str) -> L:
    try:
        return kind.model_validate(json.loads(text))
    except json.JSONDecodeError as error:
        raise BadSetError(f"{where}: is not JSON: {error.msg} at column {error.colno}") from error
    except ValidationError as error:
        problems = (
            f"{'.'.join(map(str, e['loc'])) or 'the line'}: {e['msg']}" for e in error.errors()
        )
        raise BadSetError(f"{where}: {'; '.join(problems)}") from error
