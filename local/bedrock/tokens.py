"""Roughly how many tokens a text has."""

import json
import re

from local.bedrock.model import Prompt

_TOKEN = re.compile(r"\w{1,12}|[^\w\s]")


def count_tokens(text: str) -> int:
    """Roughly what a subword tokenizer would count; the stand-in bills nobody."""
    return sum(1 for _ in _TOKEN.finditer(text))


def prompt_tokens(prompt: Prompt) -> int:
    """Tokens of everything that was sent: system, turns and tools."""
    parts: list[str] = [prompt.system]
    for message in prompt.messages:
        parts.append(message.text)
        parts += [json.dumps(call.input) for call in message.calls]
        parts += [result.text for result in message.results]
    parts += [f"{t.name} {t.description} {json.dumps(t.schema)}" for t in prompt.tools]
    return sum(count_tokens(part) for part in parts)
