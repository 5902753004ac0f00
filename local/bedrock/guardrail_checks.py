"""InvokeGuardrailChecks: which personal data is where in some texts.

Source: botocore's service model of `bedrock-runtime` (shapes), and
https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use-invoke-guardrail-checks.html.
The service finds personal data with a language model. Here names are found by common first names
and what stands around them, and the rest by its shape; the checks for content and for attacks are
not here.
"""

import re
from collections.abc import Iterator
from typing import Any

from local.bedrock.model import Json
from local.bedrock.wire import check_request, validation_error

OPERATION = "InvokeGuardrailChecks"
_MOST_RESULTS = 100
_CHARACTERS_OF_A_UNIT = 1000

# Common ones of four languages that are no words of any of them.
_FIRST_NAMES = """
Adam Ahmed Aisha Alejandro Alexander Ali Alice Amanda Amelie Amy Ana Andrea Andreas Andrew Anna
Anne Antonio Ashley Barbara Beatriz Benjamin Bernd Birgit Brian Camille Carlos Carmen Caroline
Catherine Charlotte Chloe Christina Christine Christophe Claudia Cristina Daniel Daniela David
Deborah Denise Dennis Diego Dieter Elena Elisabeth Elizabeth Emily Emma Eric Ethan Eva Fatima
Felix Fernando Florian Francisco Francois Franz Gabriel Georg Gerhard Gisela Giulia Günter
Guillaume Hannah Hans Heike Heinz Helena Helga Henrik Hugo Ines Ingrid Isabel Isabella Jacob
Jacques Jakob James Jan Jana Jane Janet Javier Jennifer Jens Jessica Johannes John Jonas Jonathan
Jorge Joseph Joshua José Juan Julia Julie Julien Jürgen Karen Karin Karl Katharina Kathrin Katrin
Kevin Klaus Laura Lea Lena Leon Linda Lisa Louis Louise Luca Lucas Lucia Lucie Luis Lukas Léa
Manuel Manuela Manfred Marcel Marco Margaret Maria Marie Mario Marion Markus Marta Martin Martina
Mateo Matthew Matthias Max Megan Mehmet Melanie Michael Michelle Miguel Mohammed Monika Nadia
Nancy Natalie Nathalie Nicholas Nicolas Nicole Nina Noah Olga Olivia Olivier Omar Oscar Pablo
Patricia Patrick Paul Paula Pedro Petra Philip Philippe Pierre Priya Rachel Rafael Raj Rebecca
Renate Ricardo Richard Robert Roberto Sabine Samantha Samuel Sandra Sara Sarah Sebastian Silvia
Simon Sofia Sophie Stefan Stefanie Stephanie Stephen Steven Susan Susanne Sven Sylvie Theresa
Thomas Timothy Tobias Ursula Uwe Valentina Veronica Victor Victoria Vincent Walter Werner Wilhelm
William Wolfgang Xavier Yasmin Yuki Yves Zoe
"""
_CAPITAL = r"[^\W\d_a-zß-öø-ÿ]"
_FIRST = "|".join(sorted(_FIRST_NAMES.split(), key=len, reverse=True))
_FAMILY = rf"(?: (?:(?:van|von|de|del|di|la|le) ){{0,2}}{_CAPITAL}[\w'-]{{1,30}})?"

_ENTITIES: dict[str, tuple[re.Pattern[str], float]] = {
    "NAME": (re.compile(rf"(?<!\w)(?:{_FIRST})(?!\w){_FAMILY}"), 0.8),
    "EMAIL": (re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"), 1.0),
    "PHONE": (re.compile(r"(?<![\w.])\+[0-9]{1,3}(?:[ ()/-]{0,2}[0-9]){6,12}(?!\w)"), 0.8),
    "CREDIT_DEBIT_CARD_NUMBER": (re.compile(r"(?<!\d)(?:\d{4}[ -]?){3}\d{4}(?!\d)"), 0.8),
    "US_SOCIAL_SECURITY_NUMBER": (re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])"), 0.8),
    "IP_ADDRESS": (re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])"), 0.6),
    "MAC_ADDRESS": (re.compile(r"(?<!\w)(?:[\dA-Fa-f]{2}:){5}[\dA-Fa-f]{2}(?!\w)"), 0.8),
    "AWS_ACCESS_KEY": (re.compile(r"(?<!\w)A(?:KIA|SIA)[A-Z0-9]{16}(?!\w)"), 1.0),
    "URL": (re.compile(r"https?://[^\s<>\"']{3,500}"), 0.6),
    "AGE": (re.compile(r"(?<!\d)\d{1,3}(?= (?:years? old|Jahre alt|ans|años)(?!\w))"), 0.6),
    "ADDRESS": (
        re.compile(
            rf"(?<!\w)\d{{1,5}} (?:{_CAPITAL}[a-z]{{1,20}} ){{1,3}}(?:Street|Road|Avenue)(?!\w)"
            rf"|{_CAPITAL}[a-zäöü]{{1,20}}(?:straße|weg|platz) \d{{1,4}}(?!\w)"
        ),
        0.6,
    ),
}


def invoke(body: Json) -> Json:
    """Answer one InvokeGuardrailChecks request. Offsets count characters; the end is exclusive.

    Raises:
        WireError: a ValidationException, also for checks that the stand-in does not have.
    """
    check_request("bedrock-runtime", OPERATION, body)
    asked: dict[str, Any] = body["checks"]
    if not asked:
        raise validation_error("At least one check must be given.")
    if unsupported := asked.keys() - {"sensitiveInformation"}:
        raise validation_error(f"The stand-in has no check of {', '.join(sorted(unsupported))}.")
    wanted = {entity["type"] for entity in asked["sensitiveInformation"]["entities"]}
    blocks = [
        (message_index, content_index, block["text"])
        for message_index, message in enumerate(body["messages"])
        for content_index, block in enumerate(message["content"])
    ]
    results = [result for block in blocks for result in _found(*block, wanted)]
    units = sum(-(-len(text) // _CHARACTERS_OF_A_UNIT) for _, _, text in blocks)
    return {
        "results": {
            "sensitiveInformation": {
                "results": results[:_MOST_RESULTS],
                "truncated": len(results) > _MOST_RESULTS,
            }
        },
        "usage": {"sensitiveInformation": {"textUnits": units}},
    }


def _found(
    message_index: int, content_index: int, text: str, wanted: set[str]
) -> Iterator[dict[str, Any]]:
    for entity, (pattern, confidence) in _ENTITIES.items():
        if entity in wanted:
            for found in pattern.finditer(text):
                yield {
                    "type": entity,
                    "confidenceScore": confidence,
                    "beginOffset": found.start(),
                    "endOffset": found.end(),
                    "messageIndex": message_index,
                    "contentIndex": content_index,
                }
