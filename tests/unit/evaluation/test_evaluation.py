"""The whole program over a few lines and a few pages, with the stand-in of Bedrock."""

import json
from pathlib import Path
from typing import Any

import pytest

from evaluation import gate, retrieval
from evaluation.__main__ import main
from evaluation.labeled_sets import LabeledMessage, LabeledQuestion
from evaluation.retrieval import Asked
from evaluation.turns import Outcome
from tandem.live.models import GateDecision, Passage, Trigger

ROOT = Path(__file__).parents[3]

MESSAGES = [
    {"id": "g1-en", "text": "I want to talk to a human being.", "person": True, "why": "wish"},
    {"id": "g2-en", "text": "How do I delete an endpoint?", "person": False, "why": "question"},
    {"id": "g3-de", "text": "Vielen Dank!", "person": False, "why": "thanks"},
    {
        "id": "g4-en",
        "text": "This is a disgrace, you useless idiots, I am furious!",
        "person": True,
        "why": "anger",
    },
]
QUESTIONS = [
    {
        "id": "r1",
        "question": "How do I delete an endpoint so that it costs nothing?",
        "answerable": True,
        "pages": ["deleting-what-costs-money.md"],
    },
    {
        "id": "r2",
        "question": "Which wine goes with roast venison?",
        "answerable": False,
        "pages": [],
    },
]
PAGES = ("deleting-what-costs-money", "managed-spot-training", "where-are-the-logs")


def written(path: Path, lines: list[dict[str, Any]]) -> str:
    path.write_text("\n".join(json.dumps(line) for line in lines))
    return str(path)


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    for page in PAGES:
        text = (ROOT / "local" / "knowledge" / f"{page}.md").read_text()
        (folder / f"{page}.md").write_text(text)
    return folder


@pytest.fixture
def options(tmp_path: Path, documents: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    # Nobody's settings: no model server, and the cache is in the temporary folder.
    monkeypatch.delenv("TANDEM_OPENAI_BASE_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    return [
        "--gate",
        written(tmp_path / "gate.jsonl", MESSAGES),
        "--retrieval",
        written(tmp_path / "retrieval.jsonl", QUESTIONS),
        "--docs",
        str(documents),
    ]


def test_six_lines_are_measured_end_to_end(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*options, "--json"]) == 0

    result = json.loads(capsys.readouterr().out)
    judged, found = result["gate"], result["retrieval"]
    assert (judged["precision"], judged["recall"], judged["misses"]) == (1.0, 1.0, [])
    assert judged["by_why"]["wish"]["right"] == 1
    assert judged["by_language"]["en"]["count"] == 3
    assert found["answerable"]["hit@1"] == 1.0
    assert found["answerable"]["answered"] == 1
    assert found["unanswerable"]["refused"] == 1
    assert found["documents"] == len(PAGES)
    assert found["index_seconds"] > 0
    assert found["query_milliseconds"]["p50"] > 0


def test_the_page_for_people_says_the_same(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*options, "--no-misses"]) == 0

    text = capsys.readouterr().out
    assert "precision 1.000" in text
    assert "hit@1 1.000" in text
    assert "refused 1.000 (1)" in text
    assert "misses" not in text


def test_pages_that_are_not_in_the_folder_stop_it_before_anything_is_measured(
    options: list[str], documents: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (documents / "deleting-what-costs-money.md").unlink()

    assert main(options) == 2

    said = capsys.readouterr().err
    assert "retrieval.jsonl, line 1: there is no deleting-what-costs-money.md" in said


@pytest.mark.parametrize("arguments", [[], ["--retrieval", "x.jsonl"]])
def test_what_is_missing_on_the_command_line_is_said(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(arguments)

    assert "--retrieval" in capsys.readouterr().err


def test_an_empty_folder_is_said_to_be_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "empty"
    folder.mkdir()
    asks = written(tmp_path / "retrieval.jsonl", QUESTIONS[1:])

    assert main(["--retrieval", asks, "--docs", str(folder)]) == 2
    assert "no Markdown" in capsys.readouterr().err


# --- how outcomes become figures -----------------------------------------------------------------
CALM = GateDecision(person=False, observed={"sentiment": 0.1, "model_reason": "calm"})
UPSET = GateDecision(
    person=True, trigger=Trigger.NEGATIVE_SENTIMENT, reason="the customer is upset"
)
GROUNDLESS = GateDecision(
    person=True, trigger=Trigger.NO_GROUNDING, reason="nothing", observed={"no_grounding": True}
)
BROKEN = GateDecision(
    person=True, trigger=Trigger.MODEL_FAILURE, reason="the gate", observed={"model_failure": True}
)


def message(name: str, person: bool) -> LabeledMessage:
    return LabeledMessage(id=name, text=f"text of {name}", person=person, why="any")


def test_a_miss_of_the_gate_carries_what_was_expected_what_came_and_why() -> None:
    figures = gate.figures(
        [
            (message("a", True), Outcome(CALM, "…", 10.0)),
            (message("b", False), Outcome(UPSET, None, 20.0)),
            (message("c", True), Outcome(UPSET, None, 30.0)),
        ]
    )

    assert (figures["precision"], figures["recall"]) == (0.5, 0.5)
    assert (figures["called_in_vain"], figures["not_called"]) == (1, 1)
    assert figures["milliseconds"] == {"p50": 20.0, "p95": 30.0}
    first, second = figures["misses"]
    assert first == {
        "id": "a",
        "text": "text of a",
        "expected": True,
        "got": False,
        "reason": "calm (sentiment 0.1)",
    }
    assert second["reason"] == "the customer is upset"


def test_failed_model_calls_are_counted_whatever_came_of_them() -> None:
    assert gate.figures([(message("a", True), Outcome(BROKEN, None, 1.0))])["failures"] == 1


def asked(name: str, pages: tuple[str, ...], decision: GateDecision, *found: str) -> Asked:
    question = LabeledQuestion(id=name, question=name, answerable=bool(pages), pages=pages)
    answer = None if decision.person else "Because."
    return Asked(question, [f"s3://x/{page}" for page in found], Outcome(decision, answer, 5.0))


def test_hits_and_refusals_are_counted_apart_for_what_is_answerable_and_what_is_not() -> None:
    figures = retrieval.figures(
        [
            asked("first", ("a.md",), CALM, "a.md", "b.md"),
            asked("third", ("a.md", "c.md"), CALM, "x.md", "y.md", "c.md"),
            asked("lost", ("a.md",), GROUNDLESS, "x.md"),
            asked("upset", ("a.md",), UPSET, "x.md", "a.md"),
            asked("refused", (), GROUNDLESS, "x.md"),
            asked("made up", (), CALM, "x.md"),
        ]
    )

    able, unable = figures["answerable"], figures["unanswerable"]
    assert [able[f"hit@{first}"] for first in (1, 3, 5)] == [0.25, 0.75, 0.75]
    assert (able["answered"], able["refused"], able["called"]) == (2, 1, 1)
    assert able["refused_share"] == 0.25
    assert (unable["refused"], unable["answered"], unable["refused_share"]) == (1, 1, 0.5)
    assert [(miss["id"], miss["expected"]) for miss in figures["misses"]] == [
        ("lost", "a.md"),
        ("lost", "an answer"),
        ("upset", "an answer"),
        ("made up", "a refusal"),
    ]


class Chunks:
    """Finds `each` passages of one document after another."""

    def __init__(self, each: int, documents: int) -> None:
        self.uris = [f"{number}.md" for number in range(documents) for _ in range(each)]
        self.limits: list[int] = []

    def retrieve(self, question: str, limit: int) -> list[Passage]:
        self.limits.append(limit)
        return [Passage(text="t", title="t", uri=uri, score=0.5) for uri in self.uris[:limit]]


def test_more_passages_are_asked_for_until_they_come_from_five_documents() -> None:
    short, long = Chunks(each=1, documents=30), Chunks(each=10, documents=30)

    five = [f"{number}.md" for number in range(5)]
    assert retrieval.ranked(short, "question") == five
    assert retrieval.ranked(long, "question") == five
    assert (short.limits, long.limits) == ([25], [25, 100])
