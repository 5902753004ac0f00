"""Answers as the chat would give them now: the same passages, the same prompt, the same models.

Nobody waits for them: several questions are asked at a time, and what is throttled is asked again.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial

from tandem.live.drafts import prompts_of
from tandem.live.errors import ModelFailure
from tandem.live.model_pointer import ModelReference
from tandem.live.models import Author, Passage, Turn
from tandem.live.policy import Policy
from tandem.live.ports import (
    AnswerModel,
    CannotAnswer,
    Finished,
    Piece,
    Policies,
    Prompt,
    Retriever,
)
from tandem.live.prompts import answer_prompt
from tandem.tuning.models import SaidBefore

AT_ONCE = 8
ATTEMPTS = 6
_PASSES = frozenset({"throttled", "timeout", "unavailable"})
"""Kinds of failures after which the same question may be answered."""
_NOT_TAKEN = "validation"
"""The kind of a failure that may be the question's: another one may be taken."""
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 20.0
_BEFORE = datetime(2000, 1, 1, tzinfo=UTC)
"""Stands for the time of what was said before, which no model is told."""


class LiveAnswers:
    """`tandem.tuning.ports.Answers`."""

    def __init__(
        self,
        retriever: Retriever,
        model_of: Callable[[ModelReference], AnswerModel],
        policies: Policies,
        *,
        grounded: bool,
        minimum_score: float,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        """`grounded`: there is a knowledge base, and the chat answers nothing without a passage."""
        self._retriever = retriever
        self._model_of = model_of
        self._policies = policies
        self._grounded = grounded
        self._minimum_score = minimum_score
        self._wait = wait

    def of(
        self,
        reference: ModelReference,
        questions: Sequence[tuple[str, tuple[SaidBefore, ...]]],
        *,
        drafts: int = 1,
    ) -> Iterator[tuple[str, ...] | ModelFailure]:
        model, policy = self._model_of(reference), self._policies.current()
        failed: list[ModelFailure] = []

        def answer(asked: tuple[str, tuple[SaidBefore, ...]]) -> tuple[str, ...] | ModelFailure:
            if failed:
                # After a failure nothing more is asked, whoever is the first to hear of it.
                raise failed[0]
            try:
                return self._answer(model, policy, *asked, drafts=drafts)
            except ModelFailure as error:
                if error.kind != _NOT_TAKEN:
                    failed.append(error)
                    raise
                return error

        pool = ThreadPoolExecutor(AT_ONCE)
        try:
            yield from pool.map(answer, questions)
        finally:
            pool.shutdown(cancel_futures=True)

    def _answer(
        self,
        model: AnswerModel,
        policy: Policy,
        question: str,
        context: tuple[SaidBefore, ...],
        *,
        drafts: int,
    ) -> tuple[str, ...]:
        passages = self._patiently(lambda: self._passages(policy, question))
        if self._grounded and not passages:
            return ("",) * drafts
        prompt = answer_prompt(question, _turns(context), passages, policy.answering)
        settings = policy.answering.model_copy(update={"best_of": drafts})
        return tuple(
            self._patiently(partial(_text, model, each)) for each in prompts_of(prompt, settings)
        )

    def _passages(self, policy: Policy, question: str) -> list[Passage]:
        minimum = policy.triggers.no_grounding.minimum_score
        if minimum is None:
            minimum = self._minimum_score
        found = self._retriever.retrieve(question, policy.answering.max_passages)
        return [passage for passage in found if passage.score >= minimum]

    def _patiently[T](self, call: Callable[[], T]) -> T:
        """Again after a while, each time a longer one, where that may help."""
        for attempt in range(1, ATTEMPTS):
            try:
                return call()
            except ModelFailure as error:
                if error.kind not in _PASSES:
                    raise
            longest = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** (attempt - 1))
            # Not all at the same moment: that is what was too much.
            self._wait(longest * random.uniform(0.5, 1))  # noqa: S311
        return call()


def _text(model: AnswerModel, prompt: Prompt) -> str:
    """What the model says; empty where it says that it cannot answer, or must not."""
    pieces: list[str] = []
    for report in model.stream(prompt):
        match report:
            case Piece(text):
                pieces.append(text)
            case CannotAnswer():
                return ""
            case Finished(_, stop, _):
                return "" if stop == "guardrail" else "".join(pieces).strip()
    raise ModelFailure("unavailable", "the stream ended without an end")


def _turns(context: Sequence[SaidBefore]) -> list[Turn]:
    return [
        Turn(
            conversation_id="test",
            seq=number,
            turn_id=f"turn-{number}",
            author=Author(said.author),
            text=said.text,
            at=_BEFORE,
        )
        for number, said in enumerate(context, start=1)
    ]
