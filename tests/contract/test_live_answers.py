"""Answers for the gate: what is asked, in which order they come, and what is asked again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Lock

import pytest

from local.bedrock.model import Finish, ToolCall
from tandem.aws.chat_bedrock import BedrockAnswerModel, OnlyThese
from tandem.aws.knowledge import KnowledgeBase
from tandem.aws.live_answers import AT_ONCE, ATTEMPTS, LiveAnswers
from tandem.live.errors import ModelFailure
from tandem.live.model_pointer import ModelReference, Models
from tandem.live.models import Passage
from tandem.live.policy import Policy
from tandem.live.ports import CannotAnswer, Finished, Piece, Prompt
from tandem.tuning.models import SaidBefore
from tests.contract.bedrock_stand_in import StandIn
from tests.fakes import FixedPolicies

HAIKU = ModelReference(model_id="anthropic.claude-3-haiku-20240307-v1:0")
_WAITS = (1, 2, 4, 8, 16)
PASSAGE = Passage(text="Five working days.", title="Refunds", uri="s3://docs/refunds.md", score=0.5)


@dataclass
class Retrieved:
    """`Retriever`: finds the passage, unless the question is about nothing."""

    score: float = 0.5

    def retrieve(self, question: str, limit: int) -> list[Passage]:
        return [] if "nothing" in question else [PASSAGE.model_copy(update={"score": self.score})]


@dataclass
class Told:
    """`AnswerModel`: says the question in capitals; `failures` are raised by the next prompts."""

    failures: list[ModelFailure] = field(default_factory=list)
    asked: list[Prompt] = field(default_factory=list)
    says: Callable[[str], list[Piece | CannotAnswer | Finished]] | None = None
    model_id = "told"

    def __post_init__(self) -> None:
        self._lock = Lock()

    def stream(self, prompt: Prompt) -> Iterator[Piece | CannotAnswer | Finished]:
        with self._lock:
            self.asked.append(prompt)
            if self.failures:
                raise self.failures.pop(0)
        question = prompt.messages[-1][1].partition("<question>\n")[2].partition("\n")[0]
        if self.says is not None:
            yield from self.says(question)
            return
        yield Piece(f" {question} ".upper())
        yield Finished("told", "end")


def answers(
    model: Told, *, policy: Policy | None = None, score: float = 0.5, **options: float
) -> tuple[LiveAnswers, list[float]]:
    """And how long it waited each time."""
    waited: list[float] = []
    made = LiveAnswers(
        Retrieved(score),
        lambda _: model,
        FixedPolicies(policy or Policy()),
        grounded=True,
        minimum_score=options.get("minimum_score", 0.0),
        wait=waited.append,
    )
    return made, waited


def asked(*questions: str) -> list[tuple[str, tuple[SaidBefore, ...]]]:
    return [(question, ()) for question in questions]


class TestOverTheWire:
    def answers(self, bedrock: StandIn) -> LiveAnswers:
        client = bedrock.client("bedrock-runtime")
        agent = bedrock.client("bedrock-agent-runtime")
        return LiveAnswers(
            KnowledgeBase(lambda: agent, "KB12345678"),
            lambda reference: BedrockAnswerModel(
                client, OnlyThese(Models(answer=reference, gate=reference))
            ),
            FixedPolicies(Policy()),
            grounded=True,
            minimum_score=0.0,
            wait=lambda seconds: pytest.fail("nothing here passes by waiting"),
        )

    def test_the_model_is_asked_as_the_chat_asks_it(self, bedrock: StandIn) -> None:
        bedrock.model.script = ["Five working ", "days [1]."]
        context = (
            SaidBefore(author="customer", text="Hello"),
            SaidBefore(author="assistant", text="Hi"),
        )

        found = list(self.answers(bedrock).of(HAIKU, [("How long does a refund take?", context)]))

        assert found == [("Five working days [1].",)]
        (prompt,) = bedrock.model.prompts
        assert [m.text for m in prompt.messages][:2] == ["Hello", "Hi"]
        assert "five working days" in prompt.messages[-1].text
        assert [tool.name for tool in prompt.tools] == ["cannot_answer"]

    def test_a_model_that_cannot_answer_answers_nothing(self, bedrock: StandIn) -> None:
        bedrock.model.script = [ToolCall("cannot_answer", {"reason": "nothing found"})]

        found = list(self.answers(bedrock).of(HAIKU, asked("How long does a refund take?")))

        assert found == [("",)]

    def test_what_a_guardrail_stops_is_no_answer(self, bedrock: StandIn) -> None:
        bedrock.model.script = ["Sorry.", Finish("guardrail_intervened", 1, 1)]

        found = list(self.answers(bedrock).of(HAIKU, asked("How long does a refund take?")))

        assert found == [("",)]

    def test_a_failure_is_told_as_the_chat_tells_it(self, bedrock: StandIn) -> None:
        bedrock.fail("ConverseStream", "access_denied")

        with pytest.raises(ModelFailure) as failed:
            list(self.answers(bedrock).of(HAIKU, asked("How long does a refund take?")))

        assert failed.value.kind == "access_denied"


def test_answers_come_in_the_order_of_their_questions() -> None:
    made, _ = answers(Told())
    questions = [f"question {number}" for number in range(40)]

    found = list(made.of(HAIKU, asked(*questions)))

    assert found == [(question.upper(),) for question in questions]


def test_a_question_without_a_passage_is_left_to_a_person() -> None:
    model = Told()
    made, _ = answers(model)

    assert list(made.of(HAIKU, asked("about nothing"), drafts=2)) == [("", "")]
    assert not model.asked


@pytest.mark.parametrize(("minimum", "known"), [(0.4, True), (0.6, False)])
def test_passages_that_the_chat_would_leave_out_are_left_out(minimum: float, known: bool) -> None:
    made, _ = answers(Told(), minimum_score=minimum)

    assert list(made.of(HAIKU, asked("one"))) == [("ONE" if known else "",)]


def test_the_first_draft_is_made_as_the_only_one_and_the_others_warmer() -> None:
    model = Told()
    made, _ = answers(model, policy=Policy.model_validate({"answering": {"temperature": 0.1}}))

    (found,) = list(made.of(HAIKU, asked("one"), drafts=3))

    assert found == ("ONE", "ONE", "ONE")
    assert [prompt.temperature for prompt in model.asked] == [0.1, 0.7, 0.7]


@pytest.mark.parametrize("kind", ["throttled", "timeout", "unavailable"])
def test_what_passes_is_asked_again_after_ever_longer_waits(kind: str) -> None:
    model = Told([ModelFailure(kind, "not now")] * (ATTEMPTS - 1))
    made, waited = answers(model)

    assert list(made.of(HAIKU, asked("one"))) == [("ONE",)]
    assert len(waited) == ATTEMPTS - 1
    assert all(longest / 2 <= w <= longest for longest, w in zip(_WAITS, waited, strict=True))


def test_what_does_not_pass_is_given_up() -> None:
    model = Told([ModelFailure("throttled", "not now")] * ATTEMPTS)
    made, _ = answers(model)

    with pytest.raises(ModelFailure):
        list(made.of(HAIKU, asked("one")))

    assert len(model.asked) == ATTEMPTS


def test_what_no_waiting_helps_is_not_asked_again_and_nothing_else_is_asked() -> None:
    model = Told([ModelFailure("end_of_life", "gone")] * 1000)
    made, waited = answers(model)

    with pytest.raises(ModelFailure, match="gone"):
        list(made.of(HAIKU, asked(*(f"question {n}" for n in range(500)))))

    assert not waited
    assert len(model.asked) <= AT_ONCE


@pytest.mark.parametrize("drafts", [1, 4])
def test_a_question_that_the_model_does_not_take_keeps_no_other_from_being_asked(
    drafts: int,
) -> None:
    def says(question: str) -> list[Piece | CannotAnswer | Finished]:
        if question == "two":
            raise ModelFailure("validation", "the input is too long")
        return [Piece(question), Finished("told", "end")]

    made, waited = answers(Told(says=says))

    one, two, three = made.of(HAIKU, asked("one", "two", "three"), drafts=drafts)

    assert (one, three) == (("one",) * drafts, ("three",) * drafts)
    assert isinstance(two, ModelFailure)
    assert two.kind == "validation"
    assert not waited


def test_an_answer_that_never_ends_is_a_failure() -> None:
    made, _ = answers(Told(says=lambda question: [Piece("and")]))

    with pytest.raises(ModelFailure, match="without an end"):
        list(made.of(HAIKU, asked("one")))
