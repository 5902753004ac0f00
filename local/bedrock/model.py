"""What every local model speaks: a prompt in, pieces of an answer out.

`LocalModel` is the seam. The server translates Bedrock's wire formats to and from these types, so
a model (the built-in one, an OpenAI-compatible server, one that a local training job made) knows
nothing of Converse, event streams or HTTP.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

type Role = Literal["user", "assistant", "system"]
type StopReason = Literal[
    "end_turn", "tool_use", "max_tokens", "stop_sequence", "guardrail_intervened"
]
type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The model asks for a tool. `input` is meant to be valid under the tool's schema."""

    name: str
    input: Json
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What the caller's tool said, in a later user message."""

    call_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Message:
    """One turn: its text blocks joined by line breaks, and its tool calls or results."""

    role: Role
    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    results: tuple[ToolResult, ...] = ()


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool on offer; `schema` is the JSON schema of its input."""

    name: str
    description: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Prompt:
    """One request. `choice` is "auto", "any", or the name of the one tool that must be called."""

    model_id: str
    messages: tuple[Message, ...]
    system: str = ""
    tools: tuple[Tool, ...] = ()
    choice: str = "auto"
    output_schema: Mapping[str, Any] | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop: tuple[str, ...] = ()

    @property
    def question(self) -> str:
        """The text of the last user message, or nothing."""
        return next((m.text for m in reversed(self.messages) if m.role == "user"), "")

    @property
    def must_call(self) -> bool:
        """Whether plain text is not an allowed answer."""
        return self.choice != "auto"

    def tool(self, name: str) -> Tool | None:
        """The tool of that name, where it is on offer."""
        return next((tool for tool in self.tools if tool.name == name), None)


@dataclass(frozen=True, slots=True)
class Text:
    """One token's worth of text, sent to the caller as it comes."""

    text: str


@dataclass(frozen=True, slots=True)
class Finish:
    """The last piece. Token counts are the model's own where it counts them, else None."""

    reason: StopReason
    input_tokens: int | None = None
    output_tokens: int | None = None


type Piece = Text | ToolCall | Finish


class LocalModel(Protocol):
    """Anything that can stand in for a hosted model.

    `answer` yields text and tool calls as they are made and ends with exactly one `Finish`. It
    raises `ModelFailedError` when it cannot go on, before the first piece or after some.
    """

    name: str

    def answer(self, prompt: Prompt) -> AsyncIterator[Piece]:
        """Answer one prompt, piece by piece."""
        ...

    async def close(self) -> None:
        """Let go of connections and memory; nothing is answered afterwards."""
        ...


@dataclass
class ModelFailedError(Exception):
    """The model could not answer. `error` is a key of `faults.ERRORS`."""

    error: str
    message: str = ""
    details: Json = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message or self.error
