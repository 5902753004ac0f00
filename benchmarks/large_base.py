"""Training at the size of Flan-T5 XL on a GPU: tokens per second and memory, in bf16 and in 8 bit.

    PYTHONPATH=layers/tandem python -m benchmarks.large_base --small-base DIR

The weights are random: what a step costs does not depend on what they say. An answer never ends by
itself, so every sample has its full length. `--small-base` lends its tokenizer.
"""

import argparse
import gc
import json
import logging
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import T5Config, T5ForConditionalGeneration

from training import base_files
from training.dataset import Question
from training.methods.reinforcement import Reinforcement
from training.policy import Policy
from training.settings import Settings

_XL = {
    "vocab_size": 32_128,
    "d_model": 2048,
    "d_kv": 64,
    "d_ff": 5120,
    "num_layers": 24,
    "num_decoder_layers": 24,
    "num_heads": 32,
    "feed_forward_proj": "gated-gelu",
    "tie_word_embeddings": False,
}
"""https://huggingface.co/google/flan-t5-xl/blob/main/config.json"""
_WARM_UP, _STEPS = 1, 2
_GIB = 2**30
_WORDS = "how do i change the address of an order that has been shipped to me by mistake"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--small-base", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=16)
    parser.add_argument("--samples", type=int, default=4)
    parser.add_argument("--longest", type=int, default=64)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args(arguments)
    # Said at every product of matrices; it is about numbers' kinds.
    warnings.filterwarnings("ignore", message="MatMul8bitLt")
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    if not torch.cuda.is_available():
        print("There is no GPU here.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder) / "xl"
        found: dict[str, Any] = {
            "card": torch.cuda.get_device_name(),
            "card_gib": round(torch.cuda.get_device_properties(0).total_memory / _GIB, 1),
            "parameters": _make(given.small_base, large),
            "rows": [],
        }
        for lora, eight_bit in product(("attention", "all-linear"), (False, True)):
            found["rows"].append(_measured(large, lora, eight_bit, given))
            if given.out:
                given.out.write_text(json.dumps(found, indent=1))
            print(json.dumps(found["rows"][-1]), file=sys.stderr, flush=True)
    print(table(found))
    return 0


def _make(small: Path, folder: Path) -> int:
    with torch.device("cuda"):
        torch.set_default_dtype(torch.bfloat16)
        model = T5ForConditionalGeneration(
            T5Config(**_XL, pad_token_id=0, eos_token_id=1, decoder_start_token_id=0)
        )
        torch.set_default_dtype(torch.float32)
    parameters = int(model.num_parameters())
    model.save_pretrained(folder)
    del model
    gc.collect()
    torch.cuda.empty_cache()
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"):
        if (small / name).is_file():
            shutil.copy(small / name, folder)
    return parameters


def _measured(
    folder: Path, lora: str, eight_bit: bool, given: argparse.Namespace
) -> dict[str, Any]:
    questions, samples, longest = given.questions, given.samples, given.longest
    gc.collect()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    began = time.monotonic()
    policy = Policy(base_files.read(folder), lora=lora, rank=16, seed=1, eight_bit=eight_bit)
    optimizer = torch.optim.AdamW(policy.parameters(), lr=1e-4, weight_decay=0.0)
    loaded = time.monotonic() - began
    asked = [Question(f"{_WORDS} {n}", (), str(n), "en") for n in range(questions)]
    method = Reinforcement(
        policy,
        optimizer,
        asked,
        lambda questions, _: np.linspace(1, 5, len(questions)),
        Settings(
            learning_rate=1e-4,
            batch_size=questions,
            samples=samples,
            kl_coefficient=0.05,
            kl_limit=5.0,
            longest=longest,
            seed=1,
        ),
    )
    ids = [policy.prompting.ids(question.text) for question in asked]
    for step in range(1, _WARM_UP + 1):
        method.step(step)
    torch.cuda.synchronize()
    began = time.monotonic()
    tokens = sum(method.step(_WARM_UP + step)["tokens"] for step in range(1, _STEPS + 1))
    torch.cuda.synchronize()
    whole = time.monotonic() - began
    generator = torch.Generator(device="cuda").manual_seed(1)
    began = time.monotonic()
    sampled = policy.answering.sample(ids, samples=samples, longest=longest, generator=generator)
    torch.cuda.synchronize()
    sampling = time.monotonic() - began
    found = {
        "lora": lora,
        "base": "8 bit" if eight_bit else "bf16",
        "trained_parameters": sum(one.numel() for one in policy.parameters()),
        "step_seconds": whole / _STEPS,
        "tokens_per_second": tokens / whole,
        "sampled_tokens_per_second": float(sampled.mask.sum()) / sampling,
        "peak_gib": torch.cuda.max_memory_allocated() / _GIB,
        "load_seconds": loaded,
    }
    del method, optimizer, policy
    return found


def table(found: dict[str, Any]) -> str:
    lines = [
        f"{found['card']}, {found['card_gib']} GiB, {found['parameters'] / 1e9:.2f} billion "
        "parameters",
        "",
        "| base | LoRA | trained | a step | tokens/s, whole step | tokens/s, sampling "
        "| peak memory | of the card |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['base']} | {row['lora']} | {row['trained_parameters'] / 1e6:.0f} M | "
        f"{row['step_seconds']:.1f} s | {row['tokens_per_second']:,.0f} | "
        f"{row['sampled_tokens_per_second']:,.0f} | {row['peak_gib']:.1f} GiB | "
        f"{row['peak_gib'] / found['card_gib']:.0%} |"
        for row in found["rows"]
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
