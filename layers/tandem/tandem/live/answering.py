"""What an answer is made with, and its making: passages are found, the model is asked, and what
comes of it is reported, in a thread of its own.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tandem.live import gate
from tandem.live.drafts import Made, make_drafts, prompts_of
from tandem.live.errors import ModelFailure
from tandem.live.lease import Job
from tandem.live.models import Conversation, Passage
from tandem.live.ports import (
    AnswerJudge,
    AnswerJudges,
    AnswerModel,
    CannotAnswer,
    Finished,
    GateModel,
    Piece,
    Retriever,
    World,
)
from tandem.live.prompts import answer_prompt


@dataclass(frozen=True, slots=True)
class Answering:
    """What only the turn needs of the world."""

    retriever: Retriever
    answer_model: AnswerModel
    gate_model: GateModel
    grounded: bool = True
    """There is a knowledge base, so an answer must stand on passages."""
    minimum_score: float = 0.0
    """Passages with a lower score are left out, unless the policy says otherwise."""
    judges: AnswerJudges | None = None
    """None: nobody can say how people would rate an answer."""
    choose: "Callable[[Conversation], Answering] | None" = None
    """What a conversation is answered with by the model pointer as it is now; it stays the same
    however the pointer moves. None: all are answered alike."""

    def for_turn(self, conversation: Conversation) -> "Answering":
        """To be asked once for a turn: what answers, what it is recorded as, and who judges it
        belong together."""
        return self if self.choose is None else self.choose(conversation)


# --- what is reported ----------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Found:
    passages: list[Passage]


@dataclass(frozen=True, slots=True)
class Drafted:
    """Drafts that are to be judged, and who judges them. They come instead of pieces."""

    made: list[Made]
    judge: AnswerJudge


@dataclass(frozen=True, slots=True)
class Failed:
    """The answer, or with `gate` the gate's model, failed."""

    error: ModelFailure
    gate: bool = False


AnswerReport = Found | Piece | CannotAnswer | Finished | Drafted | Failed


def make_answer(
    world: World, answering: Answering, job: Job, report: Callable[[AnswerReport], None]
) -> None:
    """Reports what is found, then the pieces of the answer and its end, or its drafts."""
    try:
        with ThreadPoolExecutor(1) as beside:
            # Loading a judge for the first time takes about as long as finding passages.
            finding_judge = beside.submit(_find_judge, world, answering, job)
            passages = _find_passages(answering, job)
        report(Found(passages))
        settings = job.policy.answering
        prompt = answer_prompt(job.message.text, job.history, passages, settings)
        if (judge := finding_judge.result()) is not None:
            prompts = prompts_of(prompt, settings)
            report(Drafted(make_drafts(answering.answer_model, prompts, world.clock), judge))
            return
        for part in answering.answer_model.stream(prompt):
            report(part)
            if isinstance(part, Finished | CannotAnswer):
                return
        raise ModelFailure("unavailable", "the stream ended without an end")
    except ModelFailure as error:
        report(Failed(error))
    except Exception as error:
        # A thread's exception would leave the turn waiting for ever.
        report(Failed(ModelFailure("unexpected", repr(error))))


def _find_passages(answering: Answering, job: Job) -> list[Passage]:
    minimum = job.policy.triggers.no_grounding.minimum_score
    if minimum is None:
        minimum = answering.minimum_score
    found = answering.retriever.retrieve(job.message.text, job.policy.answering.max_passages)
    return [passage for passage in found if passage.score >= minimum]


def _find_judge(world: World, answering: Answering, job: Job) -> AnswerJudge | None:
    """Who judges the answer before it goes out; None: it goes out as it is made."""
    if answering.judges is None or not gate.asks_judge(job.policy):
        return None
    try:
        return answering.judges.for_conversation(job.conversation)
    except Exception:  # a judgement is never worth a turn
        world.meter.record("AnswerJudgeFailed", 1, "Count")
        return None
