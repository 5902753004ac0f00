"""Customers' messages taken by the deployed path's own code, each as a conversation of its own.

The turn, the gate, the prompts and the adapters of Bedrock are those that run on AWS; only the
tables and the bus are in memory. The adapters speak over HTTP to the Bedrock stand-in, which is
started here, on a free port.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any

import botocore.session
from botocore.config import Config

from local.bedrock.knowledge import Folder
from local.bedrock.openai_server import OpenAIServer
from local.bedrock.server import create_app
from local.service import Service
from local.stack import deploy_parameters
from tandem.aws.chat_bedrock import BedrockAnswerModel, BedrockGateModel
from tandem.aws.knowledge import KnowledgeBase
from tandem.live import turn
from tandem.live.answering import Answering
from tandem.live.events import MessageReceived, MessageRefused
from tandem.live.model_pointer import ModelReference, Models
from tandem.live.models import Author, GateDecision, Passage, Trigger
from tandem.live.policy import Policy
from tandem.live.ports import AnswerModel, Finished, GateModel, Piece, Prompt, Retriever
from tests.fakes import START, Fakes, FixedPolicies

# As in the local environment of samconfig.toml.
MODELS = Models(
    answer=ModelReference(model_id="tandem.extractive-reader-v1", provider="anthropic"),
    gate=ModelReference(model_id="tandem.gate-v1", provider="anthropic"),
)
_KNOWLEDGE_BASE = "TANDEMLOCAL"
_NO_REFRESH_SECONDS = 86_400.0
_CONVERSATION = "evaluation"


class NoDocumentsError(ValueError):
    """There is nothing to search in."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one message."""

    decision: GateDecision
    answer: str | None
    """None: the assistant did not answer, and a person was called, or the customer told so."""
    milliseconds: float
    """The whole turn, without network, tables and sockets."""

    @property
    def refused(self) -> bool:
        """Not answered for lack of documents that hold the answer."""
        return self.answer is None and Trigger.NO_GROUNDING.value in self.decision.observed

    @property
    def failed(self) -> bool:
        """A model call failed: that says nothing of how good the decisions are."""
        return Trigger.MODEL_FAILURE.value in self.decision.observed


def take(answering: Answering, text: str, policy: Policy) -> Outcome:
    """Have a customer write `text` as their first message. Raises `ValueError` if it is refused."""
    fakes = Fakes(policies=FixedPolicies(policy))
    event = MessageReceived(
        id="message",
        time=START,
        conversation_id=_CONVERSATION,
        client_id="message",
        text=text,
    )
    began = time.perf_counter()
    turn.handle_message(fakes.world, answering, event, lambda: inf)
    milliseconds = (time.perf_counter() - began) * 1000
    for refusal in fakes.bus.of(MessageRefused):
        raise ValueError(refusal.message)
    turns = fakes.store.turns(_CONVERSATION)
    answer = next((t.text for t in turns if t.author is Author.ASSISTANT), None)
    decision = turns[0].decision
    assert decision is not None, "the turn always notes its decision on the message"
    return Outcome(decision, answer, milliseconds)


@dataclass(slots=True)
class TimedRetriever:
    """Notes how long each retrieval takes, in milliseconds."""

    untimed: Retriever
    milliseconds: list[float] = field(default_factory=list)

    def retrieve(self, question: str, limit: int) -> list[Passage]:
        began = time.perf_counter()
        passages = self.untimed.retrieve(question, limit)
        self.milliseconds.append((time.perf_counter() - began) * 1000)
        return passages


@dataclass(frozen=True, slots=True)
class Bedrock:
    """The adapters of tandem.aws, wired to the running stand-in."""

    retriever: TimedRetriever
    answer_model: AnswerModel
    gate_model: GateModel
    documents: int
    index_seconds: float
    url: str

    @property
    def answering(self) -> Answering:
        # As `make run` deploys it.
        minimum = float(deploy_parameters("local")["MinimumPassageScore"])
        return Answering(self.retriever, self.answer_model, self.gate_model, minimum_score=minimum)

    @property
    def only_gate(self) -> Answering:
        """With an answer that costs nothing, so that the gate alone decides."""
        return Answering(_Nothing(), _Silent(), self.gate_model, grounded=False)


class _Nothing:
    def retrieve(self, _question: str, _limit: int) -> list[Passage]:
        return []


class _Silent:
    model_id = "none"

    def stream(self, _prompt: Prompt) -> Iterator[Piece | Finished]:
        yield Piece("…")
        yield Finished(self.model_id, "end")


@contextmanager
def bedrock(documents: Path | None, cache: Path) -> Iterator[Bedrock]:
    """Run the stand-in, with the Markdown files of a folder (None: no questions are asked).

    `cache`: where the stand-in keeps what is expensive to compute. The model is the built-in one,
    or the OpenAI-compatible server that the environment names, as for `make run`.
    Raises `NoDocumentsError`.
    """
    app = create_app(
        model=OpenAIServer.from_environment(os.environ),
        source=Folder(documents) if documents else None,
        cache=cache,
        refresh_every=_NO_REFRESH_SECONDS,
    )
    service = Service(app)
    began = time.perf_counter()
    service.start()
    try:
        state: dict[str, Any] = app.state.bedrock.knowledge.refresh()
        if documents and not state["documents"]:
            raise NoDocumentsError(f"there is no Markdown (*.md) in {documents}")
        index_seconds = time.perf_counter() - began
        runtime = _client("bedrock-runtime", service.url)
        agent_runtime = _client("bedrock-agent-runtime", service.url)
        yield Bedrock(
            retriever=TimedRetriever(KnowledgeBase(lambda: agent_runtime, _KNOWLEDGE_BASE)),
            answer_model=BedrockAnswerModel(runtime, _Fixed()),
            gate_model=BedrockGateModel(runtime, _Fixed()),
            documents=state["documents"],
            index_seconds=index_seconds,
            url=service.url,
        )
    finally:
        service.stop()


class _Fixed:
    def current(self) -> Models:
        return MODELS


def _client(service: str, url: str) -> Any:
    session = botocore.session.get_session()
    session.set_credentials("local", "local")
    # No proxy of the environment stands between this process and itself.
    config = Config(read_timeout=120, max_pool_connections=32, proxies={})
    return session.create_client(service, region_name="us-east-1", endpoint_url=url, config=config)
