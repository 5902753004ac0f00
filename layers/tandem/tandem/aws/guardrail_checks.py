"""Takes personal data out of texts with the help of Amazon Bedrock's guardrail checks.

InvokeGuardrailChecks finds what only a language model can, above all names that nothing introduces.
It needs no guardrail, and says where in which text what was found:
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeGuardrailChecks.html

It gets texts that the `Redactor` within has been through, so nothing goes to it that need not.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING

from tandem.review.finds import Find, Reading, outside_placeholders, redacted
from tandem.review.names import KnownNames
from tandem.review.ports import Redactor

if TYPE_CHECKING:
    from mypy_boto3_bedrock_runtime.client import BedrockRuntimeClient
    from mypy_boto3_bedrock_runtime.literals import (
        GuardrailChecksSensitiveInformationEntityTypeType,
    )

KIND_OF: "dict[GuardrailChecksSensitiveInformationEntityTypeType, str]" = {
    "ADDRESS": "address",
    "AWS_ACCESS_KEY": "key",
    "AWS_SECRET_KEY": "key",
    "CA_HEALTH_NUMBER": "id",
    "CA_SOCIAL_INSURANCE_NUMBER": "id",
    "CREDIT_DEBIT_CARD_CVV": "key",
    "CREDIT_DEBIT_CARD_EXPIRY": "card",
    "CREDIT_DEBIT_CARD_NUMBER": "card",
    "DRIVER_ID": "id",
    "EMAIL": "email",
    "INTERNATIONAL_BANK_ACCOUNT_NUMBER": "iban",
    "LICENSE_PLATE": "id",
    "MAC_ADDRESS": "address",
    "NAME": "name",
    "PASSWORD": "key",
    "PHONE": "phone",
    "PIN": "key",
    "SWIFT_CODE": "account",
    "UK_NATIONAL_HEALTH_SERVICE_NUMBER": "id",
    "UK_NATIONAL_INSURANCE_NUMBER": "id",
    "UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER": "id",
    "USERNAME": "username",
    "US_BANK_ACCOUNT_NUMBER": "account",
    "US_BANK_ROUTING_NUMBER": "account",
    "US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER": "id",
    "US_PASSPORT_NUMBER": "id",
    "US_SOCIAL_SECURITY_NUMBER": "id",
    "VEHICLE_IDENTIFICATION_NUMBER": "id",
}
"""What is asked for. Not URL and IP_ADDRESS: the rules within keep those of documentation; nor AGE,
which names nobody."""
_LEAST_CONFIDENCE = 0.4
"""Of 0, 0.2, 0.4, 0.6, 0.8 and 1: better too much is taken out than too little."""

_LONGEST_BLOCK, _OVERLAP = 4000, 200
_MOST_BLOCKS, _LONGEST_REQUEST = 50, 8000
"""Eight text units, as Bedrock counts them; a request of more than the account's units per second
(25 unless raised) would be throttled for ever."""
_SHORTEST_CUT = 2 * _OVERLAP
# The offsets count characters. These are two for some programs, and one for Python.
_TWO_UNITS = re.compile("[\ud800-\udfff\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class _Block:
    """A piece of one of the texts, and where in it the piece begins."""

    text_number: int
    start: int
    text: str

    def whole_words(self, start: int, end: int) -> tuple[int, int]:
        """So much more that no word is left in part."""
        while start > 0 and self.text[start - 1 : start + 1].isalnum():
            start -= 1
        while 0 < end < len(self.text) and self.text[end - 1 : end + 1].isalnum():
            end += 1
        return start, end

    @property
    def all_of_it(self) -> Find:
        return Find(self.start, self.start + len(self.text), "private")

    def halves(self) -> "tuple[_Block, _Block]":
        """They overlap, so that nothing lies across the cut."""
        middle = len(self.text) // 2
        first = _Block(self.text_number, self.start, self.text[: middle + _OVERLAP // 2])
        rest = middle - _OVERLAP // 2
        return first, _Block(self.text_number, self.start + rest, self.text[rest:])


class GuardrailChecks:
    """`Redactor`. Nothing leaves here half redacted: where Bedrock finds more in a few hundred
    characters than it lists, all of them are taken out, and an error of its own goes through.

    Raises botocore's errors when its retries are used up.
    """

    def __init__(self, client: "BedrockRuntimeClient", within: Redactor) -> None:
        self._client = client
        self._within = within

    def redact(
        self, texts: Sequence[str], names: Sequence[str] = (), beside: Sequence[str] = ()
    ) -> list[str]:
        # What lies beside is not sent: it is read for the names that it introduces.
        ready = self._within.redact(texts, names, beside)
        finds: list[list[Find]] = [[] for _ in ready]
        for request in _requests(_blocks(ready)):
            for number, find in self._found(request):
                finds[number].append(find)
        heard = {
            text[find.start : find.end]
            for text, found in zip(ready, finds, strict=True)
            for find in outside_placeholders(text, found)
            if find.kind == "name"
        }
        names_heard = KnownNames(heard, heard=True)
        return [
            redacted(
                text,
                outside_placeholders(text, [*found, *names_heard.found_in(Reading(text))]),
            )
            for text, found in zip(ready, finds, strict=True)
        ]

    def _found(self, blocks: Sequence[_Block]) -> Iterator[tuple[int, Find]]:
        answer = self._client.invoke_guardrail_checks(
            messages=[{"role": "user", "content": [{"text": block.text} for block in blocks]}],
            checks={"sensitiveInformation": {"entities": [{"type": kind} for kind in KIND_OF]}},
        )
        checked = answer["results"]["sensitiveInformation"]
        if checked.get("truncated"):
            if len(blocks) == 1 and len(blocks[0].text) < _SHORTEST_CUT:
                # What it finds and does not list even here, nobody knows.
                yield blocks[0].text_number, blocks[0].all_of_it
                return
            for fewer in _smaller(blocks):
                yield from self._found(fewer)
            return
        for result in checked["results"]:
            kind = KIND_OF.get(result["type"])
            if kind is None or result["confidenceScore"] < _LEAST_CONFIDENCE:
                continue
            block = blocks[result["contentIndex"]]
            start, end = block.whole_words(result["beginOffset"], result["endOffset"])
            yield block.text_number, Find(block.start + start, block.start + end, kind)


def _blocks(texts: Sequence[str]) -> Iterator[_Block]:
    for number, text in enumerate(texts):
        sent = _TWO_UNITS.sub("\ufffd", text)
        for start in range(0, max(1, len(sent) - _OVERLAP), _LONGEST_BLOCK - _OVERLAP):
            piece = sent[start : start + _LONGEST_BLOCK]
            if piece.strip():
                yield _Block(number, start, piece)


def _requests(blocks: Iterator[_Block]) -> Iterator[list[_Block]]:
    request: list[_Block] = []
    length = 0
    for block in blocks:
        if request and (
            length + len(block.text) > _LONGEST_REQUEST or len(request) == _MOST_BLOCKS
        ):
            yield request
            request, length = [], 0
        request.append(block)
        length += len(block.text)
    if request:
        yield request


def _smaller(blocks: Sequence[_Block]) -> Iterator[Sequence[_Block]]:
    if len(blocks) > 1:
        yield from batched(blocks, (len(blocks) + 1) // 2, strict=False)
        return
    yield from ([half] for half in blocks[0].halves())
