"""A model that was imported: one that a training job made, served by a process of its own."""

import asyncio
import json
from collections.abc import AsyncIterator

from local.bedrock.builtin import limited
from local.bedrock.model import Finish, Json, ModelFailedError, Piece, Prompt
from local.bedrock.prompts import read_answer_prompt
from local.sagemaker.serving import NoAnswer, ServedModel
from tandem.tuning.rewards.asked import asked_text

_JSON = "application/json"
_MOST_TOKENS = 200
_AUTHORS = {"user": "customer", "assistant": "assistant"}


class ImportedModel:
    """Asks it as training asked it: with the question and what was said before, no passages."""

    def __init__(self, name: str, served: ServedModel) -> None:
        self.name = name
        self._served = served

    async def answer(self, prompt: Prompt) -> AsyncIterator[Piece]:
        """The whole is made first, then yielded word by word.

        Tools may be on offer; it calls none, and one that it must call is an error.
        """
        if prompt.must_call or prompt.output_schema is not None:
            raise ModelFailedError("validation", "This model doesn't support tool use.")
        said = await asyncio.to_thread(self._ask, prompt)
        usage = said.get("usage", {})
        for piece in limited(said["generated_text"], None, prompt.stop):
            if isinstance(piece, Finish):
                cut = said.get("finish_reason") == "length"
                reason = "max_tokens" if cut else piece.reason
                yield Finish(reason, usage.get("input"), usage.get("output"))
            else:
                yield piece

    async def close(self) -> None:
        await asyncio.to_thread(self._served.stop)

    def _ask(self, prompt: Prompt) -> Json:
        asked = {
            "inputs": asked_of(prompt),
            "parameters": {
                "max_new_tokens": prompt.max_tokens or _MOST_TOKENS,
                "temperature": prompt.temperature or 0.0,
            },
        }
        try:
            said = self._served.ask(json.dumps(asked).encode(), _JSON, _JSON)
            if said.status != 200:
                raise ModelFailedError("model_error", said.content.decode(errors="replace")[:500])
            answer: Json = json.loads(said.content)
        except (NoAnswer, ValueError) as error:
            raise ModelFailedError("model_error", str(error)) from error
        return answer


def asked_of(prompt: Prompt) -> str:
    """What a trained model is asked."""
    *before, last = prompt.messages
    context = [(_AUTHORS[m.role], m.text) for m in before if m.role in _AUTHORS]
    return asked_text(read_answer_prompt(last.text).question, context)
