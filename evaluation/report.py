"""The figures as a page of text."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_TEXT_CHARACTERS = 100


def text(result: Mapping[str, Any], *, misses: bool = True) -> str:
    """The result of an evaluation, for a terminal; without misses, nothing of the set is shown."""
    lines: list[str] = []
    if gate := result.get("gate"):
        lines += _gate(gate, misses)
    if retrieval := result.get("retrieval"):
        lines += [""] * bool(lines)
        lines += _retrieval(retrieval, misses)
    return "\n".join(lines)


def _gate(gate: Mapping[str, Any], misses: bool) -> Iterator[str]:
    yield f"Gate: should a person be called?   {gate['file']}, {gate['messages']} messages"
    yield f"  precision {_part(gate['precision'])}   {gate['called_in_vain']} called in vain"
    yield f"  recall    {_part(gate['recall'])}   {gate['not_called']} not called"
    yield f"  F1        {_part(gate['f1'])}"
    time = gate["milliseconds"]
    yield (
        f"  times     {gate['seconds']:.1f} s in all, {_rounded(time['p50'])} ms a message"
        f" (p95 {_rounded(time['p95'])}), two at once"
    )
    yield from _failures(gate)
    yield ""
    yield from _table(
        ("class", "messages", "persons", "right", "share"),
        [
            (why, row["count"], row["persons_wanted"], row["right"], _part(_right(row)))
            for why, row in gate["by_why"].items()
        ],
    )
    if gate["by_language"]:
        yield ""
        yield from _table(
            ("language", "messages", "persons", "precision", "recall", "F1"),
            [
                (
                    name,
                    row["count"],
                    row["persons_wanted"],
                    *(_part(row[figure]) for figure in ("precision", "recall", "f1")),
                )
                for name, row in gate["by_language"].items()
            ],
        )
    said = {True: "a person", False: "no person"}
    if misses:
        yield from _misses(
            {**miss, "expected": said[miss["expected"]], "got": said[miss["got"]]}
            for miss in gate["misses"]
        )


def _retrieval(retrieval: Mapping[str, Any], misses: bool) -> Iterator[str]:
    able, unable = retrieval["answerable"], retrieval["unanswerable"]
    yield (
        f"Retrieval: which pages answer?   {retrieval['file']}, {retrieval['questions']} questions,"
        f" {retrieval['documents']} documents"
    )
    hits = "   ".join(f"{name} {_part(able[name])}" for name in able if name.startswith("hit@"))
    yield f"  answerable    {able['count']:5}   {hits}"
    yield (
        f"                        wrongly refused {_part(able['refused_share'])}"
        f" ({able['refused']})   a person called for another reason: {able['called']}"
    )
    yield (
        f"  unanswerable  {unable['count']:5}   refused {_part(unable['refused_share'])}"
        f" ({unable['refused']})   a person called for another reason: {unable['called']}"
    )
    query, turn = retrieval["query_milliseconds"], retrieval["turn_milliseconds"]
    yield (
        f"  times         index {retrieval['index_seconds']:.1f} s,"
        f" query {_rounded(query['p50'])} ms (p95 {_rounded(query['p95'])}),"
        f" whole turn {_rounded(turn['p50'])} ms (p95 {_rounded(turn['p95'])}),"
        f" {retrieval['seconds']:.1f} s in all"
    )
    yield from _failures(retrieval)
    if misses:
        yield from _misses(retrieval["misses"])


def _failures(result: Mapping[str, Any]) -> Iterator[str]:
    if result["failures"]:
        yield f"  MODEL CALLS FAILED in {result['failures']} turns: the figures mean little"


def _misses(misses: Any) -> Iterator[str]:
    for number, miss in enumerate(misses):
        if not number:
            yield ""
            yield "  misses"
        yield f"  {miss['id']}: expected {miss['expected']}, got {miss['got']}"
        yield f"      {_short(miss['text'])}"
        if miss["reason"]:
            yield f"      {_short(miss['reason'])}"


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    whole = [head, *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in whole) for column in range(len(head))]
    for row in whole:
        cells = [
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  " + "   ".join(cells)


def _right(row: Mapping[str, Any]) -> float:
    return float(row["right"]) / float(row["count"])


def _part(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _rounded(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}"


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _TEXT_CHARACTERS else f"{flat[:_TEXT_CHARACTERS]}…"
