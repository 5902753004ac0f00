"""Takes personal data out of texts: `Redactor` by presidio-analyzer and the review's own rules.

What has a shape and a check digit (cards, IBANs, national ids, phone numbers, IP addresses) is
found by presidio's recognizers; see `tandem.aws.presidio` for how they come without spaCy. What
stands out by what is said around it (passwords, order numbers, names) by `tandem.review.secrets`,
`contacts`, `numbers` and `names`.

The time is linear in the length of the texts. presidio's patterns backtrack, so they only ever see
a stretch of at most 512 characters that has digits in it, and each only if it could find something
there.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tandem.aws.presidio import recognizer
from tandem.review import contacts, names, numbers, secrets
from tandem.review.finds import Find, Reading, composed, redacted
from tandem.review.numbers import Stretch

_NOTHING_NEEDED = re.compile("")
_FAIRLY_SURE = 0.4
_BESIDE_A_SHAPE = 24
_ANY_NUMBER = re.compile(r"\+?[0-9](?:[ ()/.-]{0,2}[0-9]){6,}+")
_BEFORE_IN_A_NUMBER = re.compile(r"[0-9][.,]?$|[A-Za-z]$")
_AFTER_IN_A_NUMBER = re.compile(r"[.,]?[0-9]")
_LONG_BLOCK = re.compile(r"[0-9]{12,}+")
_PREFIX_LENGTH = re.compile(r"/[0-9]{1,3}(?![0-9])")
_VERSION = re.compile(
    r"(?:version|release|driver|build|firmware|ver|oid|section|v|==|>=|<=|~=)[ :]?\s?$"
)


@dataclass(frozen=True, slots=True)
class _Recognizer:
    """One of presidio's, and when to ask it and to believe it.

    It is asked where a stretch has `digits` digits and `shape` occurs in it. Where `context`
    occurs, all that it finds is believed; elsewhere what it is fairly sure of, if `accepts` agrees,
    which sees the stretch and where in it the find begins and ends.
    """

    kind: str
    by: Any
    digits: int
    shape: re.Pattern[str] = _NOTHING_NEEDED
    context: re.Pattern[str] | None = None
    accepts: Callable[[str, int, int], bool] = field(default=lambda _text, _start, _end: True)
    grows: re.Pattern[str] | None = None
    """What goes on after a find and belongs to it."""
    most: int = 0
    """For one that costs much. It only sees what is around `shape`; and where that occurs more
    often than this, it isn't asked, and every long number goes: such a stretch is a list of
    numbers, or an attack. 0: it costs little."""

    def finds(self, reading: Reading, stretch: Stretch) -> Iterator[Find]:
        if stretch.digits < self.digits:
            return
        plain = reading.plain[stretch.start : stretch.end]
        if not self.shape.search(plain):
            return
        told = self.context is not None and bool(
            self.context.search(reading.lower, stretch.start, stretch.end)
        )
        if not told and self.accepts is _never:
            return
        if self.most and len(self.shape.findall(plain)) > self.most:
            for found in _ANY_NUMBER.finditer(plain):
                yield Find(stretch.start + found.start(), stretch.start + found.end(), "number")
            return
        for first, text in self._looked_at(plain):
            for result in self.by.analyze(text, []):
                start, end = first + result.start, first + result.end
                if self.grows and (more := self.grows.match(plain, start)):
                    end = max(end, more.end())
                if told or (result.score >= _FAIRLY_SURE and self.accepts(plain, start, end)):
                    yield Find(stretch.start + start, stretch.start + end, self.kind)

    def _looked_at(self, plain: str) -> Iterator[tuple[int, str]]:
        """Where they begin, and texts to analyze."""
        if not self.most:
            yield 0, plain
            return
        for found in self.shape.finditer(plain):
            first = max(0, found.start() - _BESIDE_A_SHAPE)
            yield first, plain[first : found.end() + _BESIDE_A_SHAPE]


def _never(_text: str, _start: int, _end: int) -> bool:
    return False


def _grouped(text: str, start: int, end: int) -> bool:
    """Not a bare block of digits, which may count anything."""
    return not text[start:end].strip().isdigit()


def _capitals(text: str, start: int, end: int) -> bool:
    return text[start:end] == text[start:end].upper()


def _somebodys_address(text: str, start: int, end: int) -> bool:
    """Neither a version number, nor a private network, nor what every machine is called."""
    try:
        address = ipaddress.ip_address(text[start:end])
    except ValueError:
        return False
    if _VERSION.search(text[max(0, start - 12) : start].lower()):
        return False
    if _goes_on(text, start, end):
        return False
    if address.version == 6 and text.count(":", start, end) < 3:
        return False
    if address.is_private and _PREFIX_LENGTH.match(text, end):
        return False
    everywhere = address.is_loopback or address.is_unspecified or address.is_link_local
    return not (everywhere or address.is_multicast or text.startswith("255.", start))


def _goes_on(text: str, start: int, end: int) -> bool:
    """Is it a part of a longer number, like the decimals of one?"""
    return bool(_BEFORE_IN_A_NUMBER.search(text[max(0, start - 2) : start])) or bool(
        _AFTER_IN_A_NUMBER.match(text, end)
    )


def _whole(text: str, start: int, end: int) -> bool:
    return not _goes_on(text, start, end)


def _written_as_phone(shape: str) -> Callable[[str, int, int], bool]:
    pattern = re.compile(shape)

    def accepts(text: str, start: int, end: int) -> bool:
        if _goes_on(text, start, end) or _LONG_BLOCK.fullmatch(text, start, end):
            return False
        return pattern.match(text, start, end) is not None

    return accepts


def _context(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z])(?:{words})(?![a-z])")


def _phones(shape: str, regions: Sequence[str], leniency: int, accepted: str) -> _Recognizer:
    return _Recognizer(
        "phone",
        recognizer("PhoneRecognizer", supported_regions=regions, leniency=leniency),
        digits=8,
        shape=re.compile(shape),
        accepts=_written_as_phone(accepted),
        most=8,
    )


# Numbers that are said to be somebody's phone are found by `numbers.introduced`, in any form.
# phonenumbers' leniency: 0 is possible, 1 is valid by the region's numbering plan.
_PHONES = (
    _phones(
        r"(?:\+|(?<![0-9A-Za-z])00) ?\(?[1-9](?:[ ()/.-]{0,3}[0-9]){6}",
        ["DE"],
        0,
        r"(?:tel:)?\(?(?:\+|00)",
    ),
    _phones(
        r"(?<![0-9A-Za-z.,/:-])\(?0[1-9](?:[ ()/.-]{0,2}[0-9]){6}",
        ["GB", "DE", "FR", "IT", "AU"],
        1,
        r"\(?0(?![.,][0-9]+$)",
    ),
    _phones(
        r"[0-9]{3}\)?[-. ]{1,2}[0-9]{3}[-. ][0-9]{4}",
        ["US"],
        0,
        r"(?:1[-. ])?(?:\([0-9]{3}\) ?|[0-9]{3}[-. ])[0-9]{3}[-. ][0-9]{4}(?![0-9.])",
    ),
    _phones(
        r"(?<![0-9])[6-9][0-9]{2}[ .-][0-9]{2,3}[ .-][0-9]{2,3}",
        ["ES"],
        1,
        r"[6-9][0-9]{2}[ .-][0-9]{2,3}[ .-]",
    ),
    _phones(r"(?<![0-9])[6-9][0-9]{4} [0-9]{5}(?![0-9])", ["IN"], 1, r"[6-9][0-9]{4} "),
)
_SHAPED = (
    _Recognizer("card", recognizer("CreditCardRecognizer"), digits=12, accepts=_whole),
    _Recognizer(
        "iban",
        recognizer("IbanRecognizer"),
        digits=9,
        shape=re.compile(r"[A-Z]{2}[0-9]{2}"),
    ),
    _Recognizer(
        "wallet",
        recognizer("CryptoRecognizer"),
        digits=1,
        shape=re.compile(r"(?:bc1|(?<![0-9A-Za-z])[13])[0-9A-HJ-NP-Za-z]{25}"),
    ),
    _Recognizer(
        "address",
        recognizer("IpRecognizer"),
        digits=1,
        shape=re.compile(
            r"(?<![0-9.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?!\.?[0-9])|:[0-9A-Fa-f]{0,4}:"
        ),
        accepts=_somebodys_address,
        # presidio stops at the first `::`.
        grows=re.compile(r"(?=[0-9A-Fa-f]{0,4}:)[0-9A-Fa-f:.]{2,45}(?<![.])"),
    ),
    _Recognizer(
        "address",
        recognizer("MacAddressRecognizer"),
        digits=1,
        shape=re.compile(r"[0-9A-Fa-f]{2}([:-])[0-9A-Fa-f]{2}\1[0-9A-Fa-f]{2}\1"),
    ),
)


def _id(name: str, digits: int, shape: str, words: str = "", **options: Any) -> _Recognizer:
    context = _context(words) if words else None
    return _Recognizer("id", recognizer(name), digits, re.compile(shape), context, **options)


_IDS = (
    _id("UsSsnRecognizer", 9, r"[0-9]{3}[- .][0-9]{2}[- .][0-9]{4}"),
    _id("UsItinRecognizer", 9, r"9[0-9]{2}[- ][0-9]{2}[- ][0-9]{4}"),
    _id("UsMbiRecognizer", 5, r"[0-9][A-Z][0-9A-Z]{2}-?[A-Z][0-9A-Z]{2}-?[A-Z]{2}"),
    _id("NhsRecognizer", 10, r"[0-9]{3}[- ]?[0-9]{3}[- ]?[0-9]{4}", "nhs", accepts=_never),
    _id("UkNinoRecognizer", 6, r"[A-Z]{2} ?[0-9]{2} ?[0-9]{2}", accepts=_capitals),
    _id("EsNifRecognizer", 7, r"[0-9]{7}-?[A-Z]"),
    _id("EsNieRecognizer", 7, r"[XYZ][0-9]{7}-?[A-Z]"),
    _id("ItFiscalCodeRecognizer", 1, r"(?<![A-Za-z0-9])[A-Za-z]{6}[0-9A-Za-z]{9}[A-Za-z](?!\w)"),
    _id("FiPersonalIdentityCodeRecognizer", 9, r"[0-9]{6}[-+A-F][0-9]{3}[0-9A-Y]"),
    _id("PlPeselRecognizer", 11, r"[0-9]{11}", "pesel", accepts=_never),
    _id("KrRrnRecognizer", 13, r"[0-9]{6}-?[1-4][0-9]{6}", accepts=_grouped),
    _id("InAadhaarRecognizer", 12, r"[0-9]{4}[- ]?[0-9]{4}[- ]?[0-9]{4}", accepts=_grouped),
    _id("InPanRecognizer", 4, r"[A-Z]{5}[0-9]{4}[A-Z]", accepts=_capitals),
    _id("SgFinRecognizer", 7, r"[STFGM][0-9]{7}[A-Z]", accepts=_capitals),
    _id("ThTninRecognizer", 13, r"[0-9]{13}", "thai", accepts=_never),
    _id("AuTfnRecognizer", 9, r"[0-9]{3} ?[0-9]{3} ?[0-9]{3}", "tax file|tfn", accepts=_never),
    _id("AuMedicareRecognizer", 10, r"[2-6][0-9]{3} ?[0-9]{5}", "medicare", accepts=_never),
)
_RECOGNIZERS = (*_SHAPED, *_PHONES, *_IDS)


class PersonalData:
    """`Redactor`. A name that one of the texts introduces, or a text beside them, is taken out of
    all of them, where it stands with a capital letter."""

    def redact(
        self, texts: Sequence[str], names: Sequence[str] = (), beside: Sequence[str] = ()
    ) -> list[str]:
        found = found_in(texts, names, beside)
        return [redacted(reading.text, finds) for reading, finds in found]


def found_in(
    texts: Sequence[str], known_names: Sequence[str] = (), beside: Sequence[str] = ()
) -> list[tuple[Reading, list[Find]]]:
    """Each text (composed, see `finds.composed`) with its finds, which may overlap."""
    readings = [Reading(composed(text)) for text in texts]
    introduced = [list(names.introduced(reading)) for reading in readings]
    heard = {
        reading.plain[find.start : find.end]
        for reading, finds in zip(readings, introduced, strict=True)
        for find in finds
    }
    for reading in (Reading(composed(text)) for text in beside):
        heard |= {reading.plain[f.start : f.end] for f in names.introduced(reading)}
    known, introduced_names = names.KnownNames(known_names), names.KnownNames(heard, heard=True)
    return [
        (
            reading,
            [
                *finds,
                *known.found_in(reading),
                *introduced_names.found_in(reading),
                *_others(reading),
            ],
        )
        for reading, finds in zip(readings, introduced, strict=True)
    ]


def _others(reading: Reading) -> Iterator[Find]:
    yield from secrets.keys(reading)
    yield from secrets.urls(reading)
    yield from contacts.emails(reading)
    yield from contacts.places(reading)
    yield from contacts.birthdays(reading)
    for stretch in numbers.stretches(reading.plain):
        yield from numbers.introduced(reading, stretch)
        for one in _RECOGNIZERS:
            yield from one.finds(reading, stretch)
