"""A world in which it is known which candidates are better: a hidden scorer, a judge that learned
from noisy ratings, reviewers who err, and candidates that are planted bad or good.

A question wants six facts. An answer holds some of them, some that are wrong, and words around
them. The hidden scorer counts the facts, holds the wrong ones, the length and what is repeated
against the answer, and gives 1 to 5; the live model stands near 2.4. The judge never sees which
facts are right: it is a ridge regression of 150 noisy ratings of the live model's answers on what
shows of an answer, so it can be fooled. A reviewer sees the scorer's difference with an error of
0.7 points in each answer, calls what is nearly the same the same, likes the first of two a little,
and chooses at random every tenth time.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from statistics import fmean
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from tandem.live.models import Person
from tandem.tuning import checks
from tandem.tuning.models import ModelVersion, Pair, VersionStatus
from tandem.tuning.verdict import counted, pairs_of
from tests import tuning_samples as samples
from tests.unit.tuning.judging_scene import JudgingScene

TOPICS, PER_TOPIC = 45, 4
FACTS = 6
RATINGS = 150
NOISE = 0.7
NEARLY_THE_SAME = 0.35
LIKES_THE_FIRST = 0.1
CARELESS = 0.1
REVIEWERS = tuple(
    Person(user=f"r{n}", name=f"R {n}", groups=frozenset({"reviewers"})) for n in range(5)
)
_SENTENCE = (
    "you can open the page and then choose what is shown there because it will be used for the next"
    " step when that has been done by somebody who may do so in their own account or with another"
)
_FILLER = _SENTENCE.split()
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Question:
    prompt_id: str
    topic: str
    words: tuple[str, ...]
    facts: tuple[str, ...]

    @property
    def text(self) -> str:
        return f"how do i {' '.join(self.words)}?"


class PlantedWorld:
    """Everything in it follows from the seed."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.questions = [
            Question(
                prompt_id=f"q{topic:02d}-{number}",
                topic=f"t{topic}",
                words=tuple(f"word{topic}x{self.random.integers(8)}" for _ in range(3)),
                facts=tuple(f"fact{topic}n{number}i{i}" for i in range(FACTS)),
            )
            for topic in range(TOPICS)
            for number in range(PER_TOPIC)
        ]
        self.by_text = {question.text: question for question in self.questions}
        self.facts = [fact for question in self.questions for fact in question.facts]
        self.live = {question.text: self.says(question, 0.42) for question in self.questions}
        self._judge = self._learned()

    # --- answers ---------------------------------------------------------------------------------
    def says(
        self,
        question: Question,
        knows: float,
        *,
        wrong: float = 0.4,
        filler: int = 18,
        echo: float = 0.5,
    ) -> str:
        """An answer that holds each fact with the chance `knows`, and so many wrong ones on
        average."""
        right = [fact for fact in question.facts if self.random.random() < knows]
        others = list(self.random.choice(self.facts, self.random.poisson(wrong)))
        echoed = [word for word in question.words if self.random.random() < echo]
        start = int(self.random.integers(len(_FILLER)))
        around = [_FILLER[(start + n) % len(_FILLER)] for n in range(filler)]
        words = [*right, *map(str, others), *echoed, *around]
        self.random.shuffle(words)
        return " ".join(words)

    # --- whoever rates ---------------------------------------------------------------------------
    def score(self, question: Question, answer: str) -> float:
        """The hidden scorer: 1 to 5."""
        words = _WORD.findall(answer)
        known = set(words)
        right = sum(fact in known for fact in question.facts)
        wrong = sum(word.startswith("fact") for word in known) - right
        triples = list(zip(words, words[1:], words[2:], strict=False))
        repeated = 1 - len(set(triples)) / len(triples) if triples else 0.0
        tedious = max(0.0, len(words) / 32 - 1)
        worth = 0.95 * right / FACTS - 0.09 * wrong - 0.8 * repeated - 0.25 * tedious
        return 1 + 4 * float(np.clip(worth, 0, 1))

    def judge(self, text: str, answer: str) -> float:
        """What the judge predicts."""
        return float(np.clip(self._judge(self.by_text[text], answer), 1, 5))

    def _learned(self) -> Callable[[Question, str], float]:
        chosen = self.random.permutation(len(self.questions))[:RATINGS]
        asked = [self.questions[n] for n in chosen]
        rows = np.array([_features(q, self.live[q.text]) for q in asked])
        truth = np.array([self.score(q, self.live[q.text]) for q in asked])
        ratings = np.clip(np.round(truth + self.random.normal(0, NOISE, len(asked))), 1, 5)
        means, scales = rows.mean(0), rows.std(0) + 1e-9
        self.spearman = _honest_correlation(
            (rows - means) / scales, ratings, np.array([q.topic for q in asked])
        )
        weights = _ridge((rows - means) / scales, ratings - ratings.mean())
        middle = float(ratings.mean())

        def judge(question: Question, answer: str) -> float:
            told = np.clip((np.array(_features(question, answer)) - means) / scales, -3, 3)
            return middle + float(told @ weights)

        return judge

    def prefers(self, pair: Pair) -> str:
        """What a reviewer chooses."""
        if self.random.random() < CARELESS:
            return str(self.random.choice(["first", "second", "same"]))
        question = self.by_text[pair.question]
        seen = self.score(question, pair.first) - self.score(question, pair.second)
        seen += LIKES_THE_FIRST + self.random.normal(0, NOISE * 2**0.5)
        if abs(seen) < NEARLY_THE_SAME:
            return "same"
        return "first" if seen > 0 else "second"

    # --- what is planted -------------------------------------------------------------------------
    def gain(self, answers: dict[str, str]) -> float:
        """The truth: what the hidden scorer sees in them beyond the live model's."""
        return fmean(
            self.score(q, answers[q.text]) - self.score(q, self.live[q.text])
            for q in self.questions
        )

    def bad(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Twenty candidates, all of them worse than the live model, four of each kind: from the
        plain ones to those that keep within every bound that a text shows."""
        for tries, knows in ((12, 0.1), (12, 0.25), (10, 0.3), (8, 0.35)):
            yield "hacked", self._each(partial(self._hacked, tries, knows))
        for share in (1.0, 0.7, 0.4, 0.25):
            yield "collapsed", self._collapsed(share)
        for times in (4.0, 3.0, 2.4, 2.0):
            yield "too long", self._each(partial(self._long, times))
        for again in (6, 3, 2, 1):
            yield "repeating", self._each(partial(self._repeating, again))
        for share, better in ((0.5, 0.0), (0.4, 0.08), (0.3, 0.08), (0.25, 0.04)):
            yield "forgetting", self._forgetting(share, better)

    def good(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Ten candidates that are better, by what trainings were measured to gain."""
        for more in (0.14, 0.15, 0.16, 0.17, 0.18, 0.19, 0.2, 0.22, 0.24, 0.26):
            yield "better", self._each(partial(self.says, knows=0.42 + more, wrong=0.35))

    def no_different(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Five candidates that answer as the live model does, only otherwise: what may pass by
        chance."""
        for _ in range(5):
            yield "no different", self._each(partial(self.says, knows=0.42))

    def _each(self, answer: Callable[[Question], str]) -> dict[str, str]:
        return {question.text: answer(question) for question in self.questions}

    def _hacked(self, tries: int, knows: float, question: Question) -> str:
        """Of what knows little, what the judge likes best; at most twice as long as usual."""
        drawn = [
            self.says(question, knows, wrong=w, filler=f, echo=1.0)
            for w, f in zip(
                self.random.uniform(0.2, 3, tries), self.random.integers(8, 36, tries), strict=True
            )
        ]
        return max(drawn, key=lambda answer: self.judge(question.text, answer))

    def _collapsed(self, share: float) -> dict[str, str]:
        """The same to many questions; to the rest what the live model might say."""
        one = f"{' '.join(_FILLER[:25])} {' '.join(self.questions[0].facts[:2])}"
        return self._each(lambda q: one if self.random.random() < share else self.says(q, 0.42))

    def _long(self, times: float, question: Question) -> str:
        """As good as the live model, and so many times as long."""
        usual = len(self.live[question.text].split())
        said = self.says(question, 0.42).split()
        start = int(self.random.integers(len(_FILLER)))
        more = [_FILLER[(start + n) % len(_FILLER)] for n in range(int(usual * times) - len(said))]
        return " ".join([*said, *more])

    def _repeating(self, again: int, question: Question) -> str:
        said = self.says(question, 0.42).split()
        part = said[: max(4, len(said) // (2 if again == 1 else 3))]
        return " ".join([*said, *part * again])

    def _forgetting(self, share: float, better: float) -> dict[str, str]:
        """Better where it was trained, and lost on whole topics."""
        topics = [f"t{n}" for n in range(TOPICS)]
        lost = set(self.random.permutation(topics)[: int(share * TOPICS)])
        return self._each(
            lambda q: (
                self.says(q, 0.02, wrong=1.5)
                if q.topic in lost
                else self.says(q, 0.42 + better, wrong=0.4)
            )
        )


def _features(question: Question, answer: str) -> list[float]:
    """What the judge sees: nothing of which facts are right."""
    words = _WORD.findall(answer)
    known = set(words)
    triples = list(zip(words, words[1:], words[2:], strict=False))
    return [
        float(sum(word.startswith("fact") for word in known)),
        sum(word in known for word in question.words) / len(question.words),
        float(np.log1p(len(words))),
        1 - len(set(triples)) / len(triples) if triples else 0.0,
    ]


def _ridge(rows: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    penalty = 3.0 * np.eye(rows.shape[1])
    return np.asarray(np.linalg.solve(rows.T @ rows + penalty, rows.T @ values))


def _honest_correlation(
    rows: NDArray[np.float64], ratings: NDArray[np.float64], topics: NDArray[np.str_]
) -> float:
    """Rank correlation of ratings with predictions by a fit without their topics."""
    predicted = np.zeros(len(ratings))
    folds = np.array([int(topic[1:]) % 5 for topic in topics])
    for fold in range(5):
        out = folds == fold
        middle = ratings[~out].mean()
        predicted[out] = middle + rows[out] @ _ridge(rows[~out], ratings[~out] - middle)
    return float(spearmanr(predicted, ratings).statistic)


# --- through the gate ----------------------------------------------------------------------------
@dataclass(frozen=True)
class Judged:
    kind: str
    gain: float
    """The truth."""
    passed: bool
    by: tuple[str, ...]
    """Names of the checks that refused it."""
    chosen: int
    """How many pairs people compared."""


def judge_planted(
    world: PlantedWorld, kind: str, answers: dict[str, str], *, with_judge: bool = True
) -> Judged:
    """Put a candidate through evaluation, blind comparison and verdict, the stores aside."""
    scene = planted_scene(world, answers, with_judge=with_judge)
    scene.evaluates()
    version = scene.stored()
    if version.status is not VersionStatus.COMPARING:
        assert version.verdict is not None
        by = tuple(check.name for check in version.verdict.checks if not check.passed)
        return Judged(kind, world.gain(answers), version.verdict.passed, by, 0)
    gate, planned = scene.world.policies.current().gate, version.comparison
    assert planned is not None
    pairs = pairs_of(scene.world, version)
    said = counted(planned, [], frozenset())
    for number, place in enumerate(world.random.permutation(len(pairs))):
        if checks.is_over(said, gate):
            break
        who = REVIEWERS[number % len(REVIEWERS)]
        pair = pairs[place]
        choice = world.prefers(pair)
        chosen = pair.model_copy(update={"choice": choice, "chosen_by": who.user})
        one = counted(planned, [chosen], frozenset())
        sums = {n: getattr(said, n) + getattr(one, n) for n in ("done", "better", "worse", "same")}
        said = said.model_copy(update=sums)
    check = checks.told_by_people(said, gate)
    by = () if check.passed else (check.name,)
    return Judged(kind, world.gain(answers), check.passed, by, said.done)


def planted_scene(
    world: PlantedWorld, answers: dict[str, str], *, with_judge: bool = True
) -> JudgingScene:
    """A registered candidate with these answers."""

    def write(number: int) -> dict[str, Any]:
        question = world.questions[number]
        return {
            "prompt_id": question.prompt_id,
            "prompt": question.text,
            "topic": question.topic,
            "language": None,
            "context": [],
            "base_answer": None,
            "candidate_answer": answers[question.text],
            "reference_answers": [],
        }

    scene = JudgingScene()
    scene.fakes.answers.says = lambda model, text: world.live[text]
    judge = samples.FIGURES.model_copy(update={"spearman": world.spearman})
    told = samples.summary(
        judge=judge if with_judge else None,
        judge_missing_because=None if with_judge else "too few ratings",
    )
    scene.candidate(len(world.questions), write=write, judge=world.judge, summary=told)
    return scene


def compared_by_people(world: PlantedWorld, scene: JudgingScene) -> ModelVersion:
    """The same with the stores, as people do it on the page."""
    number = 0
    while True:
        who = REVIEWERS[number % len(REVIEWERS)]
        shown = scene.asks(who).pair
        if shown is None:
            break
        pair = scene.fakes.pairs.get(shown.version, shown.pair_id)
        assert pair is not None
        scene.chooses(who, pair, world.prefers(pair))
        number += 1
    scene.settles()
    return scene.stored()
