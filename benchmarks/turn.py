"""The latency of a turn over a bare Converse call, and the processor time that a turn takes.

Every round asks the same question three ways, one after the other, so that the figures of one round
saw the same machine: a bare `converse` call to the stand-in; the serial chain (the answer, then the
gate's verdict on it); and a customer's message over the WebSocket of the deployed stack, until the
whole answer is there. The stand-in takes 400 ms to the first token, 30 ms for each further one, and
350 ms for the gate's verdict, in all three ways alike.
"""

import json
import os
import statistics
import time
import urllib.request
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import boto3
from websockets.sync.client import ClientConnection, connect

from local.stack import Stack, deploy_parameters
from tandem.live.models import Passage
from tandem.live.policy import Answering
from tandem.live.prompts import CANNOT_ANSWER_TOOL, answer_prompt, gate_prompt

PACE = {"first_token_ms": 400, "token_ms": 30, "gate_ms": 350}
QUESTIONS = (
    "How do I stop paying for an endpoint that I no longer use?",
    "Where do I find the logs of a training job?",
    "Why does my training job run out of memory?",
    "How does automatic scaling of an endpoint work?",
    "What does managed spot training need to resume?",
)
_KNOWLEDGE_BASE = "TANDEMLOCAL"
_ANSWER_MODEL, _GATE_MODEL = "tandem.extractive-reader-v1", "tandem.gate-v1"
_PATIENCE_SECONDS = 60.0
_CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Figures:
    """Milliseconds, one entry for each round."""

    bare: list[float] = field(default_factory=list)
    serial: list[float] = field(default_factory=list)
    turn: list[float] = field(default_factory=list)
    first_word: list[float] = field(default_factory=list)
    """From when both the gate's verdict and the first token had left the stand-in until the first
    piece was with the customer."""
    cpu: list[float] = field(default_factory=list)
    """Processor time of AnswerMessage's process for a turn."""


class _Customer:
    """A conversation over the real socket."""

    def __init__(self, stack: Stack) -> None:
        request = urllib.request.Request(
            f"{stack.http_url}/conversations", b"{}", {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            token = json.load(answer)["token"]
        self.socket: ClientConnection = connect(f"{stack.websocket_url}?token={token}")

    def ask(self, question: str) -> tuple[float, float, str]:
        """Seconds until the whole answer, the wall clock at the first piece, and who answered."""
        began, first = time.perf_counter(), 0.0
        frame = {"action": "message", "client_id": uuid4().hex, "text": question}
        self.socket.send(json.dumps(frame))
        while True:
            answer = json.loads(self.socket.recv(timeout=_PATIENCE_SECONDS))
            if answer.get("type") == "delta" and not first:
                first = time.time()
            if answer.get("type") == "turn" and answer["author"] != "customer":
                return time.perf_counter() - began, first, answer["author"]


def measure(stack: Stack, rounds: int) -> Figures:
    """Rounds of the three ways, after a warm-up of each."""
    runtime = boto3.client("bedrock-runtime", **stack.engine.client_settings())
    for question in QUESTIONS:
        _Customer(stack).ask(question)
    prompts = {question: _request(stack, question) for question in QUESTIONS}
    stack.control_bedrock("pace", PACE)
    figures = Figures()
    try:
        for number in range(rounds):
            question = QUESTIONS[number % len(QUESTIONS)]
            _one_round(stack, runtime, question, prompts[question], figures)
    finally:
        stack.control_bedrock("pace", dict.fromkeys(PACE, 0))
    return figures


def _one_round(
    stack: Stack, runtime: Any, question: str, prompt: dict[str, Any], figures: Figures
) -> None:
    began = time.perf_counter()
    answer = runtime.converse(**prompt)
    figures.bare.append((time.perf_counter() - began) * 1000)

    began = time.perf_counter()
    answer = runtime.converse(**prompt)
    runtime.converse(**_gate_request(_text(answer)))
    figures.serial.append((time.perf_counter() - began) * 1000)

    customer = _Customer(stack)
    before = _cpu(stack)
    seconds, first, author = customer.ask(question)
    if author != "assistant":
        raise RuntimeError(f"the stack answered “{question}” by {author}")
    figures.turn.append(seconds * 1000)
    figures.first_word.append((first - _ready(stack)) * 1000)
    figures.cpu.append((_cpu(stack) - before) * 1000)
    customer.socket.close()


def _request(stack: Stack, question: str) -> dict[str, Any]:
    """The very Converse request that the turn makes for this question."""
    agent = boto3.client("bedrock-agent-runtime", **stack.engine.client_settings())
    answering = Answering()
    minimum = float(deploy_parameters("local")["MinimumPassageScore"])
    found = agent.retrieve(
        knowledgeBaseId=_KNOWLEDGE_BASE,
        retrievalQuery={"text": question},
        retrievalConfiguration={
            "vectorSearchConfiguration": {"numberOfResults": answering.max_passages}
        },
    )["retrievalResults"]
    passages = [
        Passage(
            text=result["content"]["text"],
            title=str(result.get("metadata", {}).get("title", "")),
            uri=result["location"]["s3Location"]["uri"],
            score=result["score"],
        )
        for result in found
        if result["score"] >= minimum
    ]
    prompt = answer_prompt(question, [], passages, answering)
    tool = {
        "name": CANNOT_ANSWER_TOOL["name"],
        "description": CANNOT_ANSWER_TOOL["description"],
        "inputSchema": {"json": CANNOT_ANSWER_TOOL["input_schema"]},
    }
    return {
        "modelId": _ANSWER_MODEL,
        "system": [{"text": prompt.system}],
        "messages": [{"role": role, "content": [{"text": text}]} for role, text in prompt.messages],
        "inferenceConfig": {"maxTokens": prompt.max_tokens},
        "toolConfig": {"tools": [{"toolSpec": tool}]},
    }


def _gate_request(text: str) -> dict[str, Any]:
    system, message = gate_prompt(text, [])
    properties = {
        "sentiment": {"type": "number"},
        "wants_person": {"type": "boolean"},
        "small_talk": {"type": "boolean"},
        "reason": {"type": "string"},
    }
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    tool = {"name": "Judgement", "inputSchema": {"json": schema}}
    return {
        "modelId": _GATE_MODEL,
        "system": [{"text": system}],
        "messages": [{"role": "user", "content": [{"text": message}]}],
        "toolConfig": {
            "tools": [{"toolSpec": tool}],
            "toolChoice": {"tool": {"name": "Judgement"}},
        },
    }


def _text(answer: dict[str, Any]) -> str:
    return "".join(part.get("text", "") for part in answer["output"]["message"]["content"])


def _ready(stack: Stack) -> float:
    """When, by the wall clock, the gate's verdict and the first token had left the stand-in."""
    with urllib.request.urlopen(f"{stack.bedrock.url}/_tandem/stats", timeout=30) as answer:
        recent = json.load(answer)["recent"]
    gate = next(call for call in reversed(recent) if call["operation"] == "Converse")
    stream = next(call for call in reversed(recent) if call["operation"] == "ConverseStream")
    first_token = stream["at"] + PACE["first_token_ms"] / 1000
    return float(max(gate["at"] + gate["seconds"], first_token))


def _cpu(stack: Stack) -> float:
    """Processor seconds of the processes that run AnswerMessage; 0 where /proc is not there."""
    total = 0
    for worker in stack.engine.workers():
        if "AnswerMessage" not in worker.function:
            continue
        try:
            with open(f"/proc/{worker.pid}/stat") as stat:
                fields = stat.read().rpartition(")")[2].split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total / _CLOCK_TICKS


def table(figures: Figures) -> str:
    """Medians and 95th percentiles, and what they are to the bare call."""
    bare = statistics.median(figures.bare)
    bare_95 = _percentile(figures.bare)
    rows = ["A turn (ms)              median   95th   over bare (median, 95th)   target"]
    for name, values, target in (
        ("bare Converse", figures.bare, ""),
        ("serial chain", figures.serial, "as measured"),
        ("turn over the socket", figures.turn, "<= 1.10"),
    ):
        median, high = statistics.median(values), _percentile(values)
        rows.append(
            f"{name:22} {median:8.0f} {high:6.0f}   {median / bare:8.3f} {high / bare_95:8.3f}"
            f"          {target}"
        )
    first = figures.first_word
    rows += [
        f"{'first word':22} {statistics.median(first):8.0f} {_percentile(first):6.0f}"
        "   after gate and first token    <= 60",
        f"{'CPU per turn':22} {statistics.median(figures.cpu):8.0f} "
        f"{_percentile(figures.cpu):6.0f}   of AnswerMessage's process",
        f"{len(figures.turn)} rounds",
    ]
    return "\n".join(rows)


def _percentile(values: list[float], percent: int = 95) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def main(rounds: int) -> Figures:
    with Stack(port=0, parameters=lambda _: {"PagesModule": "off"}) as stack:
        return measure(stack, rounds)
