"""Causal models go through TRL's own trainers: RLOO, DPO and SFT.

TRL makes the steps and keeps the checkpoints; what is measured, kept and stopped is the same as of
an encoder-decoder. A checkpoint is whole when the progress lies in it, which is written last.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
import trl
from datasets import Dataset
from transformers import PrinterCallback, TrainerCallback

from training.dataset import Preference, Question
from training.failures import Interrupted
from training.learning import STEPS_BETWEEN_CHECKPOINTS
from training.points import Points
from training.policy import Policy
from training.progress import Outcome, Progress
from training.scoring import Scorer
from training.settings import Settings
from training.surroundings import Surroundings

_BETA = 0.1
_ROWS_AT_ONCE = 16
"""At most, on a GPU; more are reckoned one part after the other."""
_NAMES = {
    "loss": "loss",
    "completions/mean_length": "length",
    "rewards/accuracies": "preferred",
    "rewards/margins": "margin",
}
"""TRL's names of figures, and ours."""


class CausalLearning:
    def __init__(
        self,
        policy: Policy,
        method: str,
        rows: Sequence[Any],
        *,
        scorer: Scorer,
        progress: Progress,
        settings: Settings,
        around: Surroundings,
    ) -> None:
        self._policy = policy
        self._method = method
        self._rows = rows
        self._scorer = scorer
        self._progress = progress
        self._settings = settings
        self._checkpoints = around.checkpoints
        self._log = around.log
        self._interruption = around.interruption
        self._points = Points(policy.prompting.end)
        self._adapter: dict[str, Any] | None = None
        """To go on with."""
        self._scores: list[float] = []
        """Of the answers of the step under way, as the reward model gave them."""

    def run(self, *, resume: bool) -> Outcome:
        """Raises Interrupted, after a checkpoint, when the machine is taken away."""
        found = self._checkpoints.newest_completed() if resume else None
        if found is not None:
            self._progress.set_state(found[1]["progress"])
            self._points.set_state(found[1]["points"])
            self._adapter = found[1]["adapter"]
            self._log.say(f"Goes on after step {len(self._progress.history)}, from a checkpoint.")
        done = len(self._progress.history)
        self._log.begin(self._progress.plan.steps, self._progress.base.mean, done=done)
        if self._progress.stopped is None:
            trainer = self._trainer()
            # Figures are said once, by the log.
            trainer.remove_callback(PrinterCallback)
            trainer.add_callback(_Between(self))
            with self._interruption.deferred():
                trainer.train(resume_from_checkpoint=str(found[0]) if found else None)
            if self._progress.stopped is None:
                raise Interrupted
        self._log.end()
        return self._progress.outcome()

    def begin(self) -> None:
        """Once TRL has read its checkpoint."""
        if self._adapter is not None:
            # transformers 5.3 passes it over where there is one for the reference beside it.
            self._policy.set_adapter(self._adapter)

    def between_steps(self, step: int, said: Mapping[str, float], seconds: float) -> bool:
        """Notes what TRL says of a step, and answers whether to go on."""
        figures = {ours: said[theirs] for theirs, ours in _NAMES.items() if theirs in said}
        if "kl" in said:
            # TRL's is the mean of a token.
            figures["kl"] = said["kl"] * said["completions/mean_length"]
        if self._scores:
            figures["reward/mean"] = float(np.mean(self._scores))
            figures["reward/sd"] = float(np.std(self._scores))
            self._scores = []
        network = self._policy.peft
        network.eval()
        self._log.step(self._progress.note(step, {**figures, "seconds": seconds}))
        network.train()
        return self._progress.stopped is None and not self._interruption.requested

    def complete(self, step: int) -> None:
        folder = self._checkpoints.folder / f"checkpoint-{step}"
        state = {
            "progress": self._progress.state(),
            "points": self._points.state(),
            "adapter": self._policy.adapter(),
        }
        self._checkpoints.complete(folder, state)

    # --- TRL's trainers --------------------------------------------------------------------------
    def _trainer(self) -> Any:
        prompting, settings = self._policy.prompting, self._settings
        tokenizer = prompting.tokenizer
        if self._method == "rl":
            arguments = trl.RLOOConfig(
                **self._arguments(settings.batch_size * settings.samples, settings.samples),
                num_generations=settings.samples,
                max_completion_length=settings.longest,
                beta=settings.kl_coefficient,
                temperature=1.0,
                top_k=0,
            )
            return trl.RLOOTrainer(
                model=self._policy.peft,
                reward_funcs=self._reward,
                args=arguments,
                train_dataset=self._dataset(),
                processing_class=tokenizer,
            )
        if self._method == "dpo":
            arguments = trl.DPOConfig(
                **self._arguments(settings.batch_size),
                loss_type=["sigmoid", "sft"],
                loss_weights=[1.0, 1.0],
                beta=_BETA,
            )
            return trl.DPOTrainer(
                model=self._policy.peft,
                args=arguments,
                train_dataset=self._dataset(),
                processing_class=tokenizer,
            )
        return trl.SFTTrainer(
            model=self._policy.peft,
            args=trl.SFTConfig(**self._arguments(settings.batch_size), completion_only_loss=True),
            train_dataset=self._dataset(),
            processing_class=tokenizer,
        )

    def _arguments(self, batch: int, whole: int = 1) -> dict[str, Any]:
        """`whole`: rows that must stay together."""
        gpu = torch.cuda.is_available()
        at_once = rows_at_once(batch, whole) if gpu else batch
        return {
            "output_dir": str(self._checkpoints.folder),
            "max_steps": self._progress.plan.steps,
            "per_device_train_batch_size": at_once,
            "gradient_accumulation_steps": batch // at_once,
            "gradient_checkpointing": gpu,
            "learning_rate": self._settings.learning_rate,
            "lr_scheduler_type": "constant",
            "weight_decay": 0.0,
            "max_grad_norm": 1.0,
            "seed": self._settings.seed,
            "bf16": gpu,
            "use_cpu": not gpu,
            "logging_steps": 1,
            "save_steps": STEPS_BETWEEN_CHECKPOINTS,
            "save_total_limit": 2,
            "report_to": "none",
            "disable_tqdm": True,
        }

    def _dataset(self) -> Any:
        return Dataset.from_list([self._row(number) for number in range(len(self._rows))])

    def _row(self, number: int) -> dict[str, Any]:
        row = self._rows[number]
        if isinstance(row, Question):
            return {"prompt": self._prompt(row), "row": number}
        if isinstance(row, Preference):
            return {
                "prompt": self._prompt(row.question),
                "chosen": self._completion(row.chosen),
                "rejected": self._completion(row.rejected),
            }
        question, answer = row
        return {"prompt": self._prompt(question), "completion": self._completion(answer)}

    def _prompt(self, question: Question) -> Any:
        prompting = self._policy.prompting
        if prompting.templated:
            return [{"role": "user", "content": prompting.shortened(question.text)}]
        return prompting.text(question.text)

    def _completion(self, answer: str) -> Any:
        if self._policy.prompting.templated:
            return [{"role": "assistant", "content": answer}]
        return self._policy.prompting.after_cue(answer)

    def _reward(
        self,
        prompts: Sequence[Any],
        completions: Sequence[Any],
        completion_ids: Sequence[list[int]],
        row: Sequence[int],
        **others: Any,
    ) -> list[float]:
        del prompts, others
        texts = [one if isinstance(one, str) else one[0]["content"] for one in completions]
        scores = self._scorer([self._rows[number] for number in row], [t.strip() for t in texts])
        self._scores += scores.tolist()
        return [float(points) for points in self._points.of(scores, completion_ids)]


def rows_at_once(batch: int, whole: int) -> int:
    """The most that the batch parts into evenly, in multiples of `whole`, which parts it."""
    most = min(batch, max(whole, _ROWS_AT_ONCE // whole * whole))
    return next(rows for rows in range(most, 0, -whole) if batch % rows == 0)


# transformers is not typed where the app's checks run.
class _Between(TrainerCallback):  # type: ignore[misc]
    """Between TRL's steps."""

    def __init__(self, learning: CausalLearning) -> None:
        self._learning = learning
        self._began = time.monotonic()

    def on_train_begin(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        del args, state, control, others
        self._learning.begin()

    def on_step_begin(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        del args, state, control, others
        self._began = time.monotonic()

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **others: Any) -> Any:
        del args, others
        if logs and "loss" in logs:
            seconds = time.monotonic() - self._began
            if not self._learning.between_steps(state.global_step, logs, seconds):
                control.should_save = control.should_training_stop = True
        return control

    def on_save(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        del args, control, others
        self._learning.complete(state.global_step)
