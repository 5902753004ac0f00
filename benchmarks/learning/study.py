"""One training in the world, and what it truly gained: on topics that were never rated."""

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from io import StringIO
from pathlib import Path
from statistics import fmean
from typing import Any

import torch

from benchmarks.learning import ratings
from benchmarks.learning.world import WORDINGS, Topic, question, repeated, true_score
from tandem.tuning.rewards.asked import Asked
from tandem.tuning.rewards.reward_model import RewardModel
from training import base_files, reward_models
from training.answering import AnsweringModel
from training.hyperparameters import Hyperparameters
from training.interruption import Interruption
from training.job import Job
from training.ml_folders import MlFolders
from training.policy import load_network, tokenizer_of
from training.prompting import Prompting
from training.step_log import StepLog

LONGEST = 48
"""Tokens of an answer."""
_SAMPLES = 4
"""Of each held-out question, at temperature 1."""
BEST_OF = 4
_AT_ONCE = 64


@dataclass(frozen=True)
class Figures:
    """Of one run. Scores are the hidden scorer's, from 1 to 5."""

    method: str
    asked: str
    ratings: int
    seed: int
    base: float
    trained: float
    base_greedy: float
    trained_greedy: float
    kl: float
    spearman: float
    length_ratio: float
    repetition: float
    seconds: float
    why: str


@dataclass(frozen=True)
class Wanted:
    method: str
    ratings: int
    seed: int


class Model:
    """A model in a folder, asked at temperature 1 or for its likeliest answer."""

    def __init__(self, folder: Path) -> None:
        base = base_files.read(folder)
        self._prompting = Prompting(tokenizer_of(base), causal=base.causal)
        self._answering = AnsweringModel(load_network(base, kind=torch.float32), self._prompting)

    def samples(self, questions: Sequence[str], *, samples: int, seed: int) -> list[list[str]]:
        """For each question so many answers."""
        found: list[list[str]] = []
        generator = torch.Generator().manual_seed(seed)
        for start in range(0, len(questions), _AT_ONCE):
            ids = [self._prompting.ids(q) for q in questions[start : start + _AT_ONCE]]
            answers = self._answering.sample(
                ids, samples=samples, longest=LONGEST, generator=generator
            )
            texts = self._prompting.texts(answers.lists())
            found += [texts[i : i + samples] for i in range(0, len(texts), samples)]
        return found

    def greedy(self, questions: Sequence[str]) -> list[str]:
        ids = [self._prompting.ids(text) for text in questions]
        return list(self._prompting.texts(self._answering.greedy(ids, longest=LONGEST)))


def run(base: Path, method: str, count: int, seed: int) -> Figures:
    """`method`: one of the trainer's, or `best-of-4`."""
    torch.set_num_threads(1)
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="learning-"))
    try:
        model = Model(base)
        asking = _asking(model, seed)
        ratings.write(folder / "input/data/dataset", count, seed, asking)
        shutil.copytree(base, folder / "input/data/base")
        trained_by = "reward-model" if method.startswith("best-of") else method
        given = Hyperparameters(method=trained_by, seed=seed, max_new_tokens=LONGEST)
        log = StepLog(StringIO())
        summary = (
            Job(MlFolders.below(folder), given, log=log, interruption=Interruption())
            .run()
            .as_json()
        )
        what = Wanted(method, count, seed)
        return _figures(folder, model, what, summary, time.monotonic() - began)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _asking(model: Model, seed: int) -> Callable[[Sequence[str]], list[str]]:
    return lambda questions: [
        said for (said,) in model.samples(questions, samples=1, seed=10_000 + seed)
    ]


def _figures(
    folder: Path, base: Model, what: Wanted, summary: dict[str, Any], seconds: float
) -> Figures:
    method, seed = what.method, what.seed
    asked = [
        (topic, question(topic, wording))
        for topic in ratings.topics(seed).held_out
        for wording in range(WORDINGS)
    ]
    texts = [text for _, text in asked]
    before = base.samples(texts, samples=_SAMPLES, seed=77)
    before_greedy = base.greedy(texts)
    if method.startswith("best-of"):
        judge = RewardModel.load(
            (folder / "model/reward/reward_model.json").read_text(), reward_models.embedding()
        )
        drafts = [
            base.samples([text], samples=BEST_OF, seed=seed * 1000 + number)[0]
            for number, text in enumerate(texts)
        ]
        after = [[_best(judge, *each)] for each in zip(texts, drafts, strict=True)]
        # As the chat does it: the likeliest answer is one of them.
        after_greedy = [
            _best(judge, text, [likeliest, *others[1:]])
            for text, likeliest, others in zip(texts, before_greedy, drafts, strict=True)
        ]
    elif summary["kind"] == "weights":
        trained = Model(folder / "model/model")
        after = trained.samples(texts, samples=_SAMPLES, seed=77)
        after_greedy = trained.greedy(texts)
    else:
        after, after_greedy = before, before_greedy
    return Figures(
        method=summary["method"] if method == "auto" else method,
        asked=method,
        ratings=what.ratings,
        seed=seed,
        base=_score(asked, before),
        trained=_score(asked, after),
        base_greedy=_score(asked, [[said] for said in before_greedy]),
        trained_greedy=_score(asked, [[said] for said in after_greedy]),
        kl=summary["metrics"].get("kl", 0.0),
        spearman=summary["reward_model"]["spearman"],
        length_ratio=_words(after) / _words(before),
        repetition=fmean(repeated(said.lower().split()) for each in after for said in each),
        seconds=seconds,
        why=" ".join(summary["why"]),
    )


def _best(judge: RewardModel, text: str, drafts: Sequence[str]) -> str:
    predicted = judge.predict(Asked(text, ()), drafts)
    return max(zip(predicted, drafts, strict=True), key=lambda pair: pair[0].rating)[1]


def _score(asked: Sequence[tuple[Topic, str]], answers: Sequence[Sequence[str]]) -> float:
    return fmean(
        true_score(topic, said)
        for (topic, _), several in zip(asked, answers, strict=True)
        for said in several
    )


def _words(answers: Sequence[Sequence[str]]) -> float:
    return fmean(len(said.split()) for several in answers for said in several)


def line(figures: Figures) -> str:
    return json.dumps(asdict(figures))
