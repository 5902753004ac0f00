"""The trainer's `rl`, on the base and with the work of `ppo_speed`; prints its figures."""

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from training import base_files
from training.dataset import Question
from training.methods.reinforcement import Reinforcement
from training.policy import Policy
from training.settings import Settings


def main(work: dict[str, Any]) -> dict[str, float]:
    torch.set_num_threads(1)
    policy = Policy(
        base_files.read(Path(work["base"])), lora=work["lora"], rank=work["rank"], seed=1
    )
    optimizer = torch.optim.AdamW(policy.parameters(), lr=1e-3, weight_decay=0.0)
    # TRL is given each question as often as it is to be answered.
    asked = list(dict.fromkeys(work["questions"]))
    questions = [Question(text, (), text, "en") for text in asked]
    longest = int(work["longest"])
    method = Reinforcement(
        policy,
        optimizer,
        questions,
        lambda _, answers: np.array([-len(text) / longest for text in answers]),
        Settings(
            learning_rate=1e-3,
            batch_size=len(questions),
            samples=len(work["questions"]) // len(questions),
            kl_coefficient=0.05,
            kl_limit=5.0,
            longest=longest,
            seed=1,
        ),
    )
    tokens, began = 0.0, 0.0
    for step in range(work["warm_up"] + work["steps"]):
        if step == work["warm_up"]:
            began, tokens = time.monotonic(), 0.0
        tokens += method.step(step + 1)["tokens"]
    seconds = time.monotonic() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"steps": work["steps"] / seconds, "tokens": tokens / seconds, "mebibytes": peak}


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.stdin.read()))))
