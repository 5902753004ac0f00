"""The default model of the embedded engine: no weights to download, no network.

It knows Tandem's two prompts. The gate's tool is answered by `gate`, a question with passages by
`reader`, small talk by `small_talk`; any other tool or output schema gets a valid value.
"""

import asyncio
import json
import random
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import asdict
from threading import Lock
from typing import Protocol

from local.bedrock.gate import Judgement
from local.bedrock.model import Finish, Json, Piece, Prompt, Text, Tool, ToolCall
from local.bedrock.prompts import AnswerPrompt, GatePrompt, read_answer_prompt, read_gate_prompt
from local.bedrock.reader import Reading, read
from local.bedrock.schema_fill import fill
from local.bedrock.small_talk import reply

GATE_TOOL = "Judgement"
REFUSAL_TOOL = "cannot_answer"
NO_PASSAGES = "I can only answer from documents, and I was given none."

_WORDS = re.compile(r"\s*\S+\s*\Z|\s*\S+")


class Judges(Protocol):
    """Who answers the gate's call."""

    def judge(self, message: str, earlier: tuple[str, ...] = ()) -> Judgement:
        """Judge one customer's message."""
        ...


class BuiltinModel:
    """See the module. `judge` is called in a thread: it may compute for some milliseconds."""

    name = "tandem-builtin"

    def __init__(self, judge: Judges) -> None:
        self._judge = judge
        self._drafts = Counter[int]()
        """Drawn of each question with its passages."""
        self._lock = Lock()

    async def answer(self, prompt: Prompt) -> AsyncIterator[Piece]:
        """Answer one prompt. The whole is computed first, then yielded word by word."""
        result = await asyncio.to_thread(self._think, prompt)
        if isinstance(result, ToolCall):
            yield result
            yield Finish("tool_use")
            return
        for piece in limited(result, prompt.max_tokens, prompt.stop):
            yield piece

    async def close(self) -> None:
        """Nothing to let go of."""

    def _think(self, prompt: Prompt) -> str | ToolCall:
        if tool := _forced(prompt):
            return ToolCall(tool.name, self._input(tool, prompt))
        if prompt.output_schema is not None:
            return json.dumps(self._structured(prompt.output_schema, prompt), ensure_ascii=False)
        asked = read_answer_prompt(prompt.question)
        temperature = prompt.temperature or 0.0
        reading = _answer(asked, temperature, self._draw(prompt.question) if temperature else None)
        if reading.text is not None:
            return reading.text
        if prompt.tool(REFUSAL_TOOL):
            return ToolCall(REFUSAL_TOOL, {"reason": reading.reason})
        return reading.reason

    def _draw(self, question: str) -> Callable[[], float]:
        """Drafts of a question differ from each other, but come alike after every start: what is
        picked among them can be repeated."""
        with self._lock:
            self._drafts[hash(question)] += 1
            number = self._drafts[hash(question)]
        return random.Random(f"{number}/{question}").random  # noqa: S311 - no secrets

    def _input(self, tool: Tool, prompt: Prompt) -> Json:
        if tool.name == REFUSAL_TOOL:
            return {"reason": _answer(read_answer_prompt(prompt.question)).reason}
        value = self._structured(tool.schema, prompt, judging=tool.name == GATE_TOOL)
        return value if isinstance(value, dict) else {"value": value}

    def _structured(self, schema: object, prompt: Prompt, *, judging: bool = False) -> object:
        if not isinstance(schema, dict):
            return {}
        fields = set(schema.get("properties", {}))
        if judging or {"sentiment", "wants_person"} <= fields:
            asked: GatePrompt = read_gate_prompt(prompt.question)
            judged: Json = asdict(self._judge.judge(asked.message, asked.earlier))
            judged["small_talk"] = reply(asked.message) is not None
            rest = fill(schema, asked.message)
            if isinstance(rest, dict):
                return rest | {k: v for k, v in judged.items() if k in fields or not fields}
        return fill(schema, read_answer_prompt(prompt.question).question)


def _forced(prompt: Prompt) -> Tool | None:
    """The tool that must be called. An SDK that may not force a tool offers the only one."""
    if prompt.choice == "any":
        others = [tool for tool in prompt.tools if tool.name != REFUSAL_TOOL]
        return (others or list(prompt.tools))[0]
    if prompt.must_call:
        return prompt.tool(prompt.choice)
    last = prompt.messages[-1]
    only = prompt.tools[0] if len(prompt.tools) == 1 else None
    return only if only and only.name != REFUSAL_TOOL and not last.results else None


def _answer(
    asked: AnswerPrompt, temperature: float = 0.0, draw: Callable[[], float] | None = None
) -> Reading:
    if (small := reply(asked.question)) is not None:
        return Reading(small)
    if not asked.grounded:
        return Reading(NO_PASSAGES)
    return read(asked.question, asked.passages, temperature, draw or random.random)


def words(text: str) -> Iterator[str]:
    """The tokens of the built-in model: words with the space before them."""
    return (found[0] for found in _WORDS.finditer(text))


def limited(
    text: str, max_tokens: int | None, stop: tuple[str, ...] = ()
) -> Iterator[Text | Finish]:
    """A text as tokens, cut at a stop sequence or at the limit, with the reason at its end."""
    cuts = [at for sequence in stop if sequence and (at := text.find(sequence)) >= 0]
    whole = text[: min(cuts)] if cuts else text
    for count, word in enumerate(words(whole)):
        if max_tokens is not None and count >= max_tokens:
            yield Finish("max_tokens")
            return
        yield Text(word)
    yield Finish("stop_sequence" if cuts else "end_turn")
