"""Steps and generated tokens per second of the trainer's `rl`, beside TRL 0.11.4's PPO.

    python3 local/setup.py train trl
    PYTHONPATH=layers/tandem .venv-train/bin/python -m benchmarks.ppo_speed

The same small base, the same questions, as many answers to each, as long at most, the same LoRA,
one pass over each batch, one thread; in turns, so that whatever else the machine does meets both.
What TRL does besides: a value head, and its own statistics. What the trainer does besides: it parts
batches by length, and reads a question once for all of its answers.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parents[1]
_OTHER = ROOT / ".venv-trl" / "bin" / "python"
_MODULES = {
    "attention": ["q", "v"],
    "all-linear": ["q", "k", "v", "o", "wi_0", "wi_1", "wo"],
}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--lora", choices=sorted(_MODULES), default="all-linear")
    parser.add_argument("--base", type=Path, help="a base of benchmarks.learning")
    given = parser.parse_args(arguments)
    if not _OTHER.is_file():
        print("Set up TRL first: python3 local/setup.py trl", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        base = given.base or _made(Path(folder) / "base")
        work = _work(base, given.lora, given.steps)
        rounds = [
            (
                _measured([str(_OTHER), "benchmarks/trl_ppo.py"], work),
                _measured([sys.executable, "-m", "benchmarks.our_ppo"], work),
            )
            for _ in range(given.rounds)
        ]
    print(table(rounds, given.lora))
    return 0


def _made(folder: Path) -> Path:
    from benchmarks.learning import base

    base.make(folder)
    return folder


def _work(base: Path, lora: str, steps: int) -> dict[str, Any]:
    from benchmarks.learning.world import TOPICS, question

    asked = [question(topic, number) for number, topic in enumerate(TOPICS[:16])]
    return {
        "base": str(base),
        "questions": [text for text in asked for _ in range(4)],
        "longest": 48,
        "lora": lora,
        "modules": _MODULES[lora],
        "rank": 16,
        "passes": 1,
        "warm_up": 2,
        "steps": steps,
    }


def _measured(command: Sequence[str], work: dict[str, Any]) -> dict[str, float]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        command,
        input=json.dumps(work),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=environment,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def table(rounds: Sequence[tuple[dict[str, float], dict[str, float]]], lora: str) -> str:
    """Medians of the rounds, and of their ratios."""
    lines = [f"LoRA on {lora}", "", "| | TRL 0.11.4 | trainer | ratio |", "|---|---|---|---|"]
    for name, text in (
        ("steps", "steps per second"),
        ("tokens", "generated tokens per second"),
        ("mebibytes", "peak memory, MiB"),
    ):
        theirs, ours = (median(pair[side][name] for pair in rounds) for side in (0, 1))
        ratio = median(mine[name] / other[name] for other, mine in rounds)
        lines.append(f"| {text} | {theirs:,.2f} | {ours:,.2f} | {ratio:.2f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
