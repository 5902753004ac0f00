"""The gain of each method on topics that were never rated, beside the base.

    PYTHONPATH=layers/tandem .venv-train/bin/python -m benchmarks.learning --seeds 3 --jobs 2

Each run is a process of one thread. About a minute each; `--sizes` and `--methods` choose fewer.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import fmean, stdev

METHODS = ("auto", "best-of-4", "rl", "offline-ppo", "dpo", "sft", "blog-ppo")
SIZES = (50, 500, 5000)
_T_95 = {2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78, 6: 2.57, 7: 2.45, 8: 2.36}
"""Student's t, two-sided, of so many seeds."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--methods", nargs="+", default=METHODS)
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=1, help="runs at the same time")
    parser.add_argument("--base", type=Path, help="a base made before; otherwise one is made")
    parser.add_argument("--out", type=Path, help="where the runs' figures go, a line each")
    parser.add_argument("--one", nargs=3, metavar=("METHOD", "RATINGS", "SEED"))
    given = parser.parse_args(arguments)
    if given.one:
        from benchmarks.learning import study

        method, count, seed = given.one
        print(study.line(study.run(given.base, method, int(count), int(seed))))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        base = given.base or _made(Path(folder) / "base")
        found = _all(base, given.methods, given.sizes, given.seeds, given.jobs)
    if given.out:
        given.out.write_text("".join(json.dumps(one) + "\n" for one in found))
    print(table(found))
    return 0


def _made(folder: Path) -> Path:
    from benchmarks.learning import base

    print(f"The base's loss: {base.make(folder):.3f} nats per token", file=sys.stderr)
    return folder


def _all(
    base: Path, methods: Sequence[str], sizes: Sequence[int], seeds: int, jobs: int
) -> list[dict[str, float | str]]:
    wanted = [
        (method, str(size), str(seed))
        for size in sorted(sizes, reverse=True)
        for method in methods
        for seed in range(1, seeds + 1)
    ]

    def one(what: tuple[str, str, str]) -> dict[str, float | str]:
        command = [sys.executable, "-m", "benchmarks.learning", "--base", str(base), "--one", *what]
        # One thread each: two that share a core take several times as long.
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            return {"asked": what[0], "ratings": int(what[1]), "seed": int(what[2]),
                    "failed": done.stderr.strip().splitlines()[-1]}  # fmt: skip
        found: dict[str, float | str] = json.loads(done.stdout.strip().splitlines()[-1])
        print(json.dumps(found), file=sys.stderr, flush=True)
        return found

    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(one, wanted))


def table(found: Sequence[dict[str, float | str]]) -> str:
    """Mean gain with its 95 % interval, and the worst seed's, for each method and size."""
    lines = [
        "| asked for | ratings | became | base | trained | gain (95 %) | worst seed | likeliest "
        "answer | KL | seconds |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for asked in dict.fromkeys(str(one["asked"]) for one in found):
        for size in sorted({int(one["ratings"]) for one in found}):
            runs = [o for o in found if o["asked"] == asked and o["ratings"] == size]
            whole = [o for o in runs if "failed" not in o]
            if not whole:
                lines.append(f"| {asked} | {size} | {runs[0].get('failed', '')} | | | | | | | |")
                continue
            lines.append(_row(asked, size, whole))
    return "\n".join(lines)


def _row(asked: str, size: int, runs: Sequence[dict[str, float | str]]) -> str:
    gains = [float(one["trained"]) - float(one["base"]) for one in runs]
    greedy = [float(one["trained_greedy"]) - float(one["base_greedy"]) for one in runs]
    spread = (
        f" ± {_T_95.get(len(gains), 2.0) * stdev(gains) / len(gains) ** 0.5:.2f}"
        if len(gains) > 1
        else ""
    )
    became = "/".join(sorted({str(one["method"]) for one in runs}))

    def mean(name: str) -> float:
        return fmean(float(one[name]) for one in runs)

    return (
        f"| {asked} | {size} | {became} | {mean('base'):.2f} | {mean('trained'):.2f} | "
        f"{fmean(gains):+.2f}{spread} | {min(gains):+.2f} | {fmean(greedy):+.2f} | "
        f"{mean('kl'):.1f} | {mean('seconds'):.0f} |"
    )


if __name__ == "__main__":
    sys.exit(main())
