"""PPO as TRL 0.11.4 does it, on the base and with the work of `ppo_speed`; prints its figures.

Runs in an environment of its own (requirements/trl.in), beside the trainer's.
"""

import json
import resource
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, TaskType
from transformers import PreTrainedTokenizerFast
from trl import AutoModelForSeq2SeqLMWithValueHead, PPOConfig, PPOTrainer

warnings.filterwarnings("ignore")


def main(work: dict[str, Any]) -> dict[str, float]:
    torch.set_num_threads(1)
    torch.manual_seed(1)
    base = Path(work["base"])
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(base / "tokenizer.json"), pad_token="<pad>", eos_token="</s>"
    )
    lora = LoraConfig(
        task_type=TaskType.SEQ_2_SEQ_LM,
        r=work["rank"],
        lora_alpha=2 * work["rank"],
        target_modules=work["modules"],
    )
    model = AutoModelForSeq2SeqLMWithValueHead.from_pretrained(str(base), peft_config=lora)
    size = len(work["questions"])
    config = PPOConfig(
        batch_size=size,
        mini_batch_size=size,
        gradient_accumulation_steps=1,
        ppo_epochs=work["passes"],
        learning_rate=1e-3,
    )
    trainer = PPOTrainer(config=config, model=model, ref_model=None, tokenizer=tokenizer)
    queries = [torch.tensor(tokenizer(text)["input_ids"]) for text in work["questions"]]
    settings = {
        "do_sample": True,
        "top_k": 0,
        "top_p": 1.0,
        "max_new_tokens": work["longest"],
        "pad_token_id": tokenizer.pad_token_id,
    }
    tokens = 0
    began = 0.0
    for step in range(work["warm_up"] + work["steps"]):
        if step == work["warm_up"]:
            began, tokens = time.monotonic(), 0
        answers = trainer.generate(queries, batch_size=size, return_prompt=False, **settings)
        tokens += sum(len(answer) for answer in answers)
        # Shorter answers are better: any reward that costs nothing to reckon will do.
        rewards = [torch.tensor(-len(answer) / work["longest"]) for answer in answers]
        trainer.step(queries, answers, rewards)
    seconds = time.monotonic() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"steps": work["steps"] / seconds, "tokens": tokens / seconds, "mebibytes": peak}


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.stdin.read()))))
