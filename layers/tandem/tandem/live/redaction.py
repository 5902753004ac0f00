"""Takes personal data out of text that leaves the live module by e-mail.

Patterns with a fixed shape only (addresses, numbers, keys). Each runs in linear time: no nested
repetition, and every repetition is bounded. Names are left to the review module's recognizers.
"""

import re

_LONGEST = 8000
"""Characters looked at; what is beyond is cut off, not passed through."""

_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("key", re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")),
    ("key", re.compile(r"\b(?:sk|pk|ghp|gho|xox[abp])[-_][A-Za-z0-9_-]{16,200}\b")),
    (
        "key",
        re.compile(r"\beyJ[A-Za-z0-9_-]{10,2000}\.[A-Za-z0-9_-]{10,2000}\.[A-Za-z0-9_-]{0,2000}"),
    ),
    (
        "email",
        re.compile(r"\b[\w.%+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}"),
    ),
    ("iban", re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b")),
    ("address", re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b")),
)
_DIGITS = re.compile(r"(?<![\w.])\+?\d(?:[ ()/.-]{0,2}\d){6,30}(?!\w)")
_SHORTEST_PHONE = 7
_CARD_LENGTHS = range(13, 20)


def redact(text: str) -> str:
    """The text with each find replaced by `[email]`, `[phone]`, `[card]`, `[iban]`, `[key]` or
    `[address]`. At most 8,000 characters are kept."""
    kept = text[:_LONGEST]
    for name, pattern in _PATTERNS:
        kept = pattern.sub(f"[{name}]", kept)
    kept = _DIGITS.sub(_number, kept)
    return kept if len(text) <= _LONGEST else f"{kept} […]"


def _number(match: re.Match[str]) -> str:
    digits = [int(sign) for sign in match.group() if sign.isdigit()]
    if len(digits) in _CARD_LENGTHS and _luhn(digits):
        return "[card]"
    if len(digits) < _SHORTEST_PHONE:
        return match.group()
    return "[phone]" if len(digits) < min(_CARD_LENGTHS) + 3 else "[number]"


def _luhn(digits: list[int]) -> bool:
    """The check digit of payment cards (ISO/IEC 7812-1, annex B)."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        doubled = digit * 2 if position % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0
