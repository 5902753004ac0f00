"""Finds of personal data in a text, and the text with each of them replaced.

Recognizers look at a text's `Reading`, a copy of the same length in plain signs, so that where a
find begins and ends is the same in both.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

KINDS = (
    "wallet",
    "key",
    "url",
    "email",
    "card",
    "iban",
    "account",
    "id",
    "phone",
    "birthday",
    "address",
    "username",
    "number",
    "name",
    "private",
)
"""What a find is replaced by, in brackets. Of two finds of one length the earlier kind wins. The
last is a stretch with so much in it that it goes as a whole."""
_RANK = {kind: rank for rank, kind in enumerate(KINDS)}
_PLACEHOLDER = re.compile(r"\[(?:" + "|".join(KINDS) + r")\]")
WORD = re.compile(r"[^\W\d_]++")
# Between two parts of one name: `Jane von Berg` is one find, `Jane, Bob` are two.
_WITHIN_A_NAME = re.compile(r" ?(?:(?:van|von|vom|de|del|della|der|den|di|da|du|la|le|zu) )?")


@dataclass(frozen=True, slots=True)
class Find:
    """Personal data from `start` to before `end`, in characters; `kind` is one of `KINDS`."""

    start: int
    end: int
    kind: str


class _PlainSigns(dict[int, int]):
    """For `str.translate`: one sign for one sign, and nothing for signs that are plain."""

    def __missing__(self, code: int) -> int:
        self[code] = plain = self._plain(code)
        return plain

    @staticmethod
    def _plain(code: int) -> int:
        sign = chr(code)
        category = unicodedata.category(sign)
        if category == "Nd":
            return ord(str(unicodedata.digit(sign)))
        if category == "Zs":
            return ord(" ")
        if category == "Pd" or sign == "−":
            return ord("-")
        return {"’": ord("'"), "‘": ord("'"), "İ": ord("I")}.get(sign, code)


class _BareLetters(dict[int, int]):
    """For `str.translate`: a lower-case letter without its marks (`é` → `e`)."""

    def __missing__(self, code: int) -> int:
        first = unicodedata.normalize("NFD", chr(code))[0]
        self[code] = ord(first)
        return self[code]


_PLAIN_SIGNS, _BARE_LETTERS = _PlainSigns(), _BareLetters()


class Reading:
    """A text as recognizers read it. All three copies have the text's length."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def plain(self) -> str:
        """Digits, blanks, dashes and apostrophes of any script as the keyboard's."""
        return self.text if self.text.isascii() else self.text.translate(_PLAIN_SIGNS)

    @cached_property
    def lower(self) -> str:
        """`plain` in lower case."""
        return self.plain.lower()

    @cached_property
    def bare(self) -> str:
        """`lower` without accents."""
        return self.lower if self.lower.isascii() else self.lower.translate(_BARE_LETTERS)

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of `bare`: all that are of letters alone."""
        return frozenset(WORD.findall(self.bare))


def composed(text: str) -> str:
    """The text with letters and their marks as one sign (Unicode's NFC): it looks the same."""
    if text.isascii() or unicodedata.is_normalized("NFC", text):
        return text
    return unicodedata.normalize("NFC", text)


def redacted(text: str, finds: Iterable[Find]) -> str:
    """The text with each find replaced by its kind in brackets.

    Finds that overlap are one: the longest names it, and nothing of any of them stays. So are the
    parts of one name.
    """
    kept: list[str] = []
    done = 0
    for find in _disjoint(text, finds):
        kept += (text[done : find.start], f"[{find.kind}]")
        done = find.end
    return "".join(kept) + text[done:] if kept else text


def outside_placeholders(text: str, finds: Iterable[Find]) -> list[Find]:
    """Without those that lie within a placeholder; one that cuts a placeholder takes all of it."""
    starts = [found.start() for found in _PLACEHOLDER.finditer(text)]
    return [widened for find in finds if (widened := _widened(text, find, starts))]


def _widened(text: str, find: Find, placeholders: list[int]) -> Find | None:
    """`placeholders`: where they start, in order."""
    start, end = find.start, find.end
    at = max(0, bisect_right(placeholders, start) - 1)
    last_at = max(0, bisect_left(placeholders, end) - 1)
    for first in (*placeholders[at : at + 1], *placeholders[last_at : last_at + 1]):
        last = text.index("]", first) + 1
        if first <= find.start and find.end <= last:
            return None
        if first < end and start < last:
            start, end = min(start, first), max(end, last)
    return Find(start, end, find.kind)


def _disjoint(text: str, finds: Iterable[Find]) -> list[Find]:
    """In the text's order."""
    ordered = sorted(finds, key=lambda find: (find.start, -find.end, _RANK[find.kind]))
    merged: list[Find] = []
    longest = 0
    for find in ordered:
        length = find.end - find.start
        last = merged[-1] if merged else None
        if last and find.start < last.end:
            clearer = (length, -_RANK[find.kind]) > (longest, -_RANK[last.kind])
            kind = find.kind if clearer else last.kind
            longest = max(longest, length)
            merged[-1] = Find(last.start, max(last.end, find.end), kind)
        elif last and _one_name(text, last, find):
            longest = find.end - last.start
            merged[-1] = Find(last.start, find.end, last.kind)
        else:
            merged.append(find)
            longest = length
    return merged


def _one_name(text: str, first: Find, second: Find) -> bool:
    return (
        first.kind == second.kind == "name"
        and second.start - first.end <= 8
        and _WITHIN_A_NAME.fullmatch(text, first.end, second.start) is not None
    )
