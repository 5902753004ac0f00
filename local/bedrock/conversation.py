"""One call of a model: from its pieces to the response of Converse, its stream, or InvokeModel."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

from local.bedrock.builtin import GATE_TOOL, words
from local.bedrock.converse import usage
from local.bedrock.event_stream import event_frame, exception_frame
from local.bedrock.faults import ERRORS, STREAM_ERRORS, Fault
from local.bedrock.invoke_model import Answered, write_invoke
from local.bedrock.ledger import Ledger
from local.bedrock.model import (
    Finish,
    Json,
    LocalModel,
    ModelFailedError,
    Piece,
    Prompt,
    Text,
    ToolCall,
)
from local.bedrock.pace import Clockwork
from local.bedrock.tokens import count_tokens, prompt_tokens
from local.bedrock.wire import WireError

GUARDRAIL_TEXT = "Sorry, the model cannot answer this question."


class StreamCutError(ConnectionError):
    """The stream ends here, on request: the server drops the connection."""


class Conversation:
    """One call. `entry` is its line in the ledger."""

    def __init__(
        self,
        model: LocalModel,
        prompt: Prompt,
        body: Json,
        *,
        clockwork: Clockwork,
        ledger: Ledger,
        entry: dict[str, Any],
    ) -> None:
        self._model, self._prompt, self._body = model, prompt, body
        self._clockwork, self._ledger, self._entry = clockwork, ledger, entry
        self._began = time.monotonic()
        self._sent: list[str] = []
        self._calls: list[ToolCall] = []
        self._tokens = 0
        self._finish = Finish("end_turn")

    # ---------------------------------------------------------------------------- whole answers

    async def converse(self, fault: Fault | None) -> Json:
        """The body of a Converse response.

        Raises:
            WireError: as the service would answer.
        """
        answer = await self._whole(fault)
        content: list[Json] = [{"text": answer.text}] if answer.text else []
        content += [
            {"toolUse": {"toolUseId": c.call_id, "name": c.name, "input": c.input}}
            for c in answer.calls
        ]
        return {
            "output": {"message": {"role": "assistant", "content": content}},
            "stopReason": answer.reason,
            "usage": usage(answer.input_tokens, answer.output_tokens),
            "metrics": {"latencyMs": self._latency()},
        }

    async def invoke(self, fault: Fault | None) -> tuple[Json, dict[str, str]]:
        """The body of an InvokeModel response, and the headers that go with it.

        Raises:
            WireError: as the service would answer.
        """
        answer = await self._whole(fault)
        body = write_invoke(self._body, self._prompt.model_id, f"msg_{uuid4().hex[:24]}", answer)
        if answer.reason == "guardrail_intervened":
            body["amazon-bedrock-guardrailAction"] = "INTERVENED"
        return body, {
            "x-amzn-bedrock-input-token-count": str(answer.input_tokens),
            "x-amzn-bedrock-output-token-count": str(answer.output_tokens),
            "x-amzn-bedrock-invocation-latency": str(self._latency()),
        }

    async def _whole(self, fault: Fault | None) -> Answered:
        try:
            async for piece in self._paced(fault):
                self._take(piece)
        except ModelFailedError as error:
            raise as_wire(error) from error
        return self._done()

    # ----------------------------------------------------------------------------------- stream

    async def stream(self, fault: Fault | None) -> AsyncIterator[bytes]:
        """The frames of a ConverseStream response. Returns when the first token is there.

        Raises:
            WireError: when the model fails before its first token.
        """
        pieces = self._paced(fault)
        try:
            first = await anext(pieces)
        except ModelFailedError as error:
            raise as_wire(error) from error
        return self._frames(first, pieces, fault)

    async def _frames(
        self, first: Piece, rest: AsyncIterator[Piece], fault: Fault | None
    ) -> AsyncIterator[bytes]:
        outcome = "abandoned"  # unless the caller stays to the end
        breaks = fault.wire_error(STREAM_ERRORS) if fault else None
        try:
            yield event_frame("messageStart", {"role": "assistant"})
            block, is_open, piece = 0, False, first
            while not isinstance(piece, Finish):
                if fault and self._tokens >= fault.after_tokens:
                    if breaks:
                        outcome = breaks.code
                        yield exception_frame(breaks)
                        return
                    if fault.error == "disconnect":
                        outcome = "disconnect"
                        raise StreamCutError("dropped on request")
                self._take(piece)
                if isinstance(piece, Text):
                    is_open = True
                    delta = {"delta": {"text": piece.text}, "contentBlockIndex": block}
                    yield event_frame("contentBlockDelta", delta)
                else:
                    if is_open:
                        yield event_frame("contentBlockStop", {"contentBlockIndex": block})
                        block, is_open = block + 1, False
                    for frame in _tool_frames(self._calls[-1], block):
                        yield frame
                    block += 1
                piece = await anext(rest)
            if breaks:  # the answer was shorter than the wish
                outcome = breaks.code
                yield exception_frame(breaks)
                return
            self._take(piece)
            if is_open:
                yield event_frame("contentBlockStop", {"contentBlockIndex": block})
            answer = self._done()
            outcome = answer.reason
            yield event_frame("messageStop", {"stopReason": answer.reason})
            yield event_frame(
                "metadata",
                {
                    "usage": usage(answer.input_tokens, answer.output_tokens),
                    "metrics": {"latencyMs": self._latency()},
                },
            )
        except ModelFailedError as error:
            failure = as_wire(error)
            outcome = failure.code
            yield exception_frame(_as_stream_error(failure))
        finally:
            self._ledger.closed(self._entry, outcome)

    # ----------------------------------------------------------------------------------- shared

    async def _paced(self, fault: Fault | None) -> AsyncIterator[Piece]:
        """The model's pieces, each not before its time."""
        pace, seconds = self._clockwork.pace, self._clockwork.seconds
        due = self._began
        if self._is_gate():
            due += seconds(pace.gate_ms)
            step = 0.0
        else:
            due += seconds(pace.first_token_ms)
            step = pace.token_ms
        count = 0
        async for piece in self._pieces(fault):
            if not isinstance(piece, Finish):
                tokens = _weight(piece)
                for _ in range(tokens if count else tokens - 1):
                    due += seconds(step)
                count += tokens
            await _until(due)
            yield piece

    async def _pieces(self, fault: Fault | None) -> AsyncIterator[Piece]:
        kind = fault.error if fault else ""
        if kind == "guardrail":
            for word in words(GUARDRAIL_TEXT):
                yield Text(word)
            yield Finish("guardrail_intervened")
        elif kind == "empty":
            yield Finish("end_turn")
        elif kind == "max_tokens" and fault:
            count = 0
            async for piece in self._model.answer(self._prompt):
                if isinstance(piece, Text):
                    if count >= fault.after_tokens:
                        break
                    count += 1
                    yield piece
            yield Finish("max_tokens")
        else:
            async for piece in self._model.answer(self._prompt):
                yield piece

    def _is_gate(self) -> bool:
        return self._prompt.choice == GATE_TOOL or (
            len(self._prompt.tools) == 1 and self._prompt.tools[0].name == GATE_TOOL
        )

    def _take(self, piece: Piece) -> None:
        match piece:
            case Text(text):
                self._sent.append(text)
                self._tokens += 1
            case ToolCall(name, given, call_id):
                self._calls.append(ToolCall(name, given, call_id or f"tooluse_{uuid4().hex[:22]}"))
                self._tokens += _weight(piece)
            case Finish():
                self._finish = piece

    def _done(self) -> Answered:
        finish = self._finish
        answer = Answered(
            text="".join(self._sent),
            calls=tuple(self._calls),
            reason=finish.reason,
            input_tokens=prompt_tokens(self._prompt)
            if finish.input_tokens is None
            else finish.input_tokens,
            output_tokens=self._tokens if finish.output_tokens is None else finish.output_tokens,
        )
        self._ledger.closed(
            self._entry,
            answer.reason,
            answer=answer.text,
            calls=[{"name": c.name, "input": c.input} for c in answer.calls],
            input_tokens=answer.input_tokens,
            output_tokens=answer.output_tokens,
        )
        return answer

    def failed(self, code: str) -> None:
        """Note in the ledger that the call failed."""
        self._ledger.closed(self._entry, code)

    def _latency(self) -> int:
        return round((time.monotonic() - self._began) * 1000)


def _weight(piece: Text | ToolCall) -> int:
    return 1 if isinstance(piece, Text) else max(1, count_tokens(json.dumps(piece.input)))


def _tool_frames(call: ToolCall, block: int) -> list[bytes]:
    start = {"toolUse": {"toolUseId": call.call_id, "name": call.name}}
    written = json.dumps(call.input, ensure_ascii=False)
    # The service sends a tool's input in pieces that are not JSON each; so does this.
    half = len(written) // 2
    deltas = [
        {"delta": {"toolUse": {"input": part}}, "contentBlockIndex": block}
        for part in (written[:half], written[half:])
    ]
    return [
        event_frame("contentBlockStart", {"start": start, "contentBlockIndex": block}),
        *(event_frame("contentBlockDelta", delta) for delta in deltas),
        event_frame("contentBlockStop", {"contentBlockIndex": block}),
    ]


def as_wire(failure: ModelFailedError) -> WireError:
    """A model's failure as the service reports it."""
    known = ERRORS.get(failure.error, ERRORS["model_error"])
    return WireError(known.status, known.code, failure.message or known.message)


def _as_stream_error(error: WireError) -> WireError:
    named = {e.code for e in STREAM_ERRORS.values()}
    known = STREAM_ERRORS["stream_model_error"]
    return error if error.code in named else WireError(known.status, known.code, error.message)


async def _until(due: float) -> None:
    wait = due - time.monotonic()
    if wait > 0:
        await asyncio.sleep(wait)
