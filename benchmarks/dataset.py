"""How fast a dataset is built, and in how much memory, beside a plain loop of `json.dumps`.

    PYTHONPATH=layers/tandem python -m benchmarks.dataset

The stores are in memory: this is the function's own work, without the network's. The plain loop
writes the same rows to the same kind of lines, from objects that lie ready; it neither splits nor
removes duplicates, nor checks anything.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from datetime import timedelta

from tandem.review.dataset import build
from tandem.review.models import (
    Candidate,
    CandidateStatus,
    ContextTurn,
    Correction,
    Label,
    Pair,
    Pick,
)
from tests.fakes import START
from tests.review_fakes import ReviewFakes

SIZES = (1_000, 10_000, 50_000)
_SENTENCE = "An endpoint costs as long as it exists, whether it is asked anything or not. "
_PER_TOPIC = 8
_BETTER_EVERY, _CORRECTION_EVERY = 5, 10
_MEBIBYTE = 1024 * 1024


def filled(labels: int) -> ReviewFakes:
    """Labels of answers of some 900 signs with two turns of context, every fifth with a better
    answer, and a tenth as many corrections by experts."""
    fakes = ReviewFakes()
    for number in range(labels):
        _label(fakes, number)
    for number in range(labels // _CORRECTION_EVERY):
        fakes.corrections.put(
            Correction(
                correction_id=f"k{number}",
                conversation_id=f"desk-{number}",
                question=f"What do I do about case {number}?",
                expert_answer=f"Case {number}: {_SENTENCE * 6}",
                assistant_answer=f"I do not know case {number}.",
                model_id="test.model",
                topic=f"case-{number // _PER_TOPIC}",
                at=START,
            )
        )
    return fakes


def _label(fakes: ReviewFakes, number: int) -> None:
    better = (f"Rather {number}: {_SENTENCE * 4}",) if number % _BETTER_EVERY == 0 else ()
    fakes.candidates.add(
        Candidate(
            candidate_id=f"c{number}",
            pair=Pair(
                conversation_id=f"talk-{number}",
                turn_id="t",
                question=f"How do I stop paying for endpoint {number}?",
                answer=f"Delete endpoint {number}. {_SENTENCE * 11}",
                context=(
                    ContextTurn(author="customer", text=f"Hello, I am customer {number}."),
                    ContextTurn(author="assistant", text="What can I do for you?"),
                ),
                model_id="test.model",
            ),
            picks=(Pick.RANDOM,),
            stratum="en",
            topic=f"topic-{number // _PER_TOPIC}",
            policy_version="p",
            created_at=START + timedelta(seconds=number),
            conversations=(f"talk-{number}",),
            status=CandidateStatus.LABELED,
            label=Label(
                rating=1 + number % 5, rule="median", raters=2, agreement=0.75,
                better_answers=better, job="j", at=START,
            ),
        )
    )  # fmt: skip


def measure(labels: int) -> dict[str, float]:
    """In processor seconds, and in a process of its own, because memory is a process's peak."""
    fakes = filled(labels)
    before = _peak()
    began = time.process_time()
    dataset = build(fakes.world).dataset
    seconds = time.process_time() - began
    grown = _peak() - before
    assert dataset is not None

    stored = [body for key, body in fakes.files.stored.items() if key.endswith(".jsonl")]
    ready = [json.loads(line) for body in stored for line in body.splitlines()]
    began = time.process_time()
    plain = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in ready).encode()
    return {
        "rows": len(ready),
        "seconds": seconds,
        "plain_seconds": time.process_time() - began,
        "memory": grown,
        "bytes": len(plain),
    }


def _peak() -> float:
    """MiB that this process has used at most."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / _MEBIBYTE if sys.platform == "darwin" else used / 1024


def table(sizes: tuple[int, ...]) -> str:
    lines = ["Labels    rows   seconds  rows/s   over json.dumps   memory, MiB   over its files"]
    for labels in sizes:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.dataset", "--one", str(labels)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        found: dict[str, float] = json.loads(done.stdout)
        files = found["bytes"] / _MEBIBYTE
        lines.append(
            f"{labels:6,} {found['rows']:7,.0f} {found['seconds']:9.2f} "
            f"{found['rows'] / found['seconds']:7,.0f} "
            f"{found['seconds'] / found['plain_seconds']:17.1f} {found['memory']:13.0f} "
            f"{found['memory'] / files:16.1f}"
        )
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dataset", description=__doc__)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one)))
    else:
        print(table(SIZES))
    return 0


if __name__ == "__main__":
    sys.exit(main())
