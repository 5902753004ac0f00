"""A search index over Markdown documents: which pages answer a question, and do any?

Ranking is a sum of BM25 over several fields (sections with their headings, whole documents,
titles and file names, the sentences in which other documents link here), plus the similarity of
sentence embeddings between the question and each document's title and opening. The score of a
result is calibrated: 0.5 is the point below which nothing was found to stand on. `tune_retrieval`
makes the calibration.
"""

import json
import math
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Self

import bm25s
import numpy as np
from numpy.typing import NDArray

from local.bedrock.embedding import DIMENSIONS, Matrix, digest, encoder
from local.bedrock.knowledge import Document
from local.bedrock.markdown import Page, Section, inline, read_page, words_of_name
from local.bedrock.passages import LONGEST, passage
from local.bedrock.terms import terms

type Scores = NDArray[np.float32]
type Ids = list[int]

# Weights of the fields beside the sections, and of the similarity of embeddings (cosine) beside
# the best document's lexical score, which counts as 1.
_FIELD_WEIGHT, _SIMILARITY_WEIGHT = 0.5, 1.5
_LEAD_TOKENS, _QUESTION_TOKENS, _QUESTION_CHARACTERS = 48, 64, 4000
# As if at least that many documents were there, so that the words of a small collection weigh as
# much as those of a large one; and how many words a collection must know before it means
# something that it does not know one.
_LEAST_DOCUMENTS, _KNOWN_WORDS = 1000, 5000
_LOADERS, _ENCODERS = 8, 2
_NEARLY_AS_GOOD = 0.55


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that may answer, by its best passage.

    `score` is 0..1. The best hit's is the estimated probability that the documents answer the
    question at all. When that is 0.5 or more, so are those of the hits nearly as good.
    """

    key: str
    title: str
    text: str
    score: float


@dataclass(slots=True)
class _Entry:
    """One document, read."""

    etag: str
    page: Page
    lead: str
    title: Ids
    sections: list[Ids]
    anchors: dict[str, Ids]
    vector: Matrix | None = None


@dataclass(slots=True)
class _Field:
    """BM25 over one list of token lists, or nothing where no list has a token."""

    model: bm25s.BM25 | None
    size: int

    @classmethod
    def of(cls, lists: Sequence[Ids], words: dict[str, int], k1: float, b: float) -> Self:
        if not any(lists):
            return cls(None, len(lists))
        model = bm25s.BM25(k1=k1, b=b, method="lucene")
        model.index((list(lists), words), show_progress=False)
        return cls(model, len(lists))

    def scores(self, ids: Ids) -> Scores:
        if self.model is None or not ids:
            return np.zeros(self.size, np.float32)
        scores: Scores = self.model.get_scores_from_ids(ids)
        return scores


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the calibration looks at for one question, see `features`."""

    matched: float
    unknown: float
    coverage: float
    similarity: float

    def features(self) -> list[float]:
        """Log of the matched weight of words, share of unknown words, coverage, similarity."""
        return [math.log1p(self.matched), self.unknown, self.coverage, self.similarity]


class _Snapshot:
    """An immutable state of the index; searched by many threads while the next one is made."""

    def __init__(self, entries: dict[str, _Entry], words: dict[str, int]) -> None:
        self.keys = sorted(entries)
        self.entries = [entries[key] for key in self.keys]
        self._words = dict(words)
        place = {key.rsplit("/", 1)[-1]: at for at, key in enumerate(self.keys)}
        anchors: list[Ids] = [[] for _ in self.keys]
        for at, entry in enumerate(self.entries):
            for target, ids in entry.anchors.items():
                if (to := place.get(target)) is not None and to != at:
                    anchors[to].extend(ids)
        sections = [s for entry in self.entries for s in entry.sections]
        owners = [at for at, entry in enumerate(self.entries) for _ in entry.sections]
        self.owner = np.array(owners, dtype=np.int64)
        self.first = np.searchsorted(self.owner, np.arange(len(self.keys)))
        whole = [[i for s in e.sections for i in s] for e in self.entries]
        self._sections = _Field.of(sections, words, 1.2, 0.75)
        self._whole = _Field.of(whole, words, 1.2, 0.75)
        self._titles = _Field.of([e.title for e in self.entries], words, 1.0, 0.5)
        self._anchors = _Field.of(anchors, words, 1.2, 0.75)
        vectors = [e.vector for e in self.entries]
        self._leads = np.stack([v if v is not None else np.zeros(DIMENSIONS) for v in vectors])
        self._known = [
            frozenset(w).union(e.title, a)
            for w, e, a in zip(whole, self.entries, anchors, strict=True)
        ]
        self._frequency = np.zeros(len(words), np.int64)
        for known in self._known:
            self._frequency[list(known)] += 1

    def rank(self, question: str) -> tuple[NDArray[np.int64], Scores, Scores, Evidence]:
        """Documents from best to worst, their worth, the sections' scores, and the evidence."""
        asked = list(dict.fromkeys(terms(question)))
        ids = [i for i in map(self._words.get, asked) if i is not None]
        sections = self._sections.scores(ids)
        lexical = np.zeros(len(self.keys), np.float32)
        np.maximum.at(lexical, self.owner, sections)
        for field in (self._whole, self._titles, self._anchors):
            lexical += _FIELD_WEIGHT * field.scores(ids)
        vector = encoder().encode([question], _QUESTION_TOKENS)[0]
        similar = self._leads @ vector
        worth = lexical / (lexical.max() or 1.0) + _SIMILARITY_WEIGHT * similar
        order = np.argsort(-worth, kind="stable")
        return order, worth, sections, self._evidence(asked, int(order[0]), float(similar.max()))

    def _evidence(self, asked: list[str], best: int, similarity: float) -> Evidence:
        weights = [self._weight(term) for term in asked]
        total = sum(weights) or 1.0
        known = self._known[best]
        matched = sum(
            w for t, w in zip(asked, weights, strict=True) if self._words.get(t, -1) in known
        )
        unknown = sum(w for t, w in zip(asked, weights, strict=True) if not self._count(t))
        vocabulary = int((self._frequency > 0).sum())
        trust = vocabulary / (vocabulary + _KNOWN_WORDS)
        return Evidence(matched, trust * unknown / total, matched / total, similarity)

    def _count(self, term: str) -> int:
        known = self._words.get(term)
        return 0 if known is None else int(self._frequency[known])

    def _weight(self, term: str) -> float:
        """Inverse document frequency."""
        scale = max(1.0, _LEAST_DOCUMENTS / len(self.keys))
        size = len(self.keys) * scale
        # A word of a small collection may be rare elsewhere; it counts as if it were.
        return math.log(1 + (size + 0.5) / (self._count(term) + 0.5))


class Index:
    """Documents, read and searchable. One thread refreshes; any number may search."""

    def __init__(self, cache_folder: Path | None = None) -> None:
        self._cache = cache_folder
        self._lock = Lock()
        self._words: dict[str, int] = {}
        self._entries: dict[str, _Entry] = {}
        self._snapshot: _Snapshot | None = None
        self._vectors: dict[str, Matrix] = {}

    def __len__(self) -> int:
        return len(self._snapshot.keys) if self._snapshot else 0

    def refresh(self, documents: Iterable[Document]) -> bool:
        """Take these documents as all there are; only new and changed ones are loaded.

        Returns whether anything changed. What cannot be loaded now is left for the next time.
        """
        with self._lock:
            wanted = {document.key: document for document in documents}
            gone = self._entries.keys() - wanted.keys()
            new = [
                document
                for key, document in wanted.items()
                if key not in self._entries or self._entries[key].etag != document.etag
            ]
            if not gone and not new:
                return False
            entries = {k: e for k, e in self._entries.items() if k not in gone}
            with ThreadPoolExecutor(_LOADERS) as pool:
                for document, raw in zip(new, pool.map(_load, new), strict=True):
                    if raw is not None:
                        text = raw.decode("utf-8", errors="replace")
                        entries[document.key] = self._read(document, text)
            self._embed([e for e in entries.values() if e.vector is None])
            self._entries = entries
            self._snapshot = _Snapshot(entries, self._words) if entries else None
            return True

    def search(self, question: str, count: int = 5) -> list[Hit]:
        """The best documents for a question, at most `count`, best first."""
        snapshot = self._snapshot
        question = inline(question[:_QUESTION_CHARACTERS])
        if snapshot is None or not question:
            return []
        order, worth, sections, evidence = snapshot.rank(question)
        certainty = calibrated(evidence)
        top = max(float(worth[order[0]]), 1e-6)
        hits = []
        for at in order[:count]:
            entry = snapshot.entries[at]
            start = snapshot.first[at]
            own = sections[start : start + len(entry.sections)]
            text = passage(entry.page, own, question)
            score = round(_score(certainty, float(worth[at]) / top), 4)
            hits.append(Hit(snapshot.keys[at], entry.page.title, text, score))
        return [hit for hit in hits if hit.text]

    def evidence(self, question: str) -> tuple[list[str], Evidence]:
        """The keys of the best documents and the evidence for them: what tuning looks at."""
        if self._snapshot is None:
            return [], Evidence(0, 1, 0, 0)
        order, _, _, evidence = self._snapshot.rank(question)
        return [self._snapshot.keys[at] for at in order[:10]], evidence

    # ------------------------------------------------------------------------------- reading

    def _read(self, document: Document, raw: str) -> _Entry:
        page = read_page(document.key, raw)
        title = self._ids(f"{page.title} {words_of_name(document.key)}")
        sections = []
        for section in page.sections or [Section("", ())]:
            headings = self._ids(" ".join((section.heading, *section.path))) + title
            kept = [b.text for b in section.blocks if b.kind not in ("code", "nav")]
            # Headings count twice: what a section is about is said there.
            sections.append(self._ids("\n".join(kept)) + headings * 2)
        anchors: dict[str, Ids] = {}
        for link in page.links:
            anchors.setdefault(link.target, []).extend(self._ids(f"{link.text} {link.context}"))
        prose = " ".join(s.text for s in page.sections)[:400]
        return _Entry(document.etag, page, f"{page.title}. {prose}", title, sections, anchors)

    def _ids(self, text: str) -> Ids:
        words = self._words
        return [words.setdefault(term, len(words)) for term in terms(text)]

    # ----------------------------------------------------------------------------- embedding

    def _embed(self, entries: list[_Entry]) -> None:
        """Give each entry the vector of its opening, from the cache where it is there."""
        known = self._known_vectors()
        missing = [e for e in entries if digest(e.lead) not in known]
        # Alternating by length, so that the threads have the same work.
        missing.sort(key=lambda e: len(e.lead))
        shares = [missing[start::_ENCODERS] for start in range(_ENCODERS)]
        with ThreadPoolExecutor(_ENCODERS) as pool:
            for share, vectors in zip(shares, pool.map(_encode, shares), strict=True):
                for entry, vector in zip(share, vectors, strict=True):
                    known[digest(entry.lead)] = vector
        for entry in entries:
            entry.vector = known[digest(entry.lead)]
        if missing:
            self._keep_vectors(known)

    def _known_vectors(self) -> dict[str, Matrix]:
        if not self._vectors and self._cache and (file := self._cache / "leads.npz").exists():
            try:
                with np.load(file) as kept:
                    self._vectors = dict(zip(kept["names"].tolist(), kept["vectors"], strict=True))
            except (OSError, ValueError, KeyError):
                file.unlink(missing_ok=True)  # half written: made anew
        return self._vectors

    def _keep_vectors(self, known: dict[str, Matrix]) -> None:
        if self._cache is None:
            return
        self._cache.mkdir(parents=True, exist_ok=True)
        file = self._cache / "leads.npz"
        # Several stacks share the folder, and may start at the same time.
        written = file.with_name(f"leads-{os.getpid()}.npz")
        np.savez(written, names=np.array(list(known)), vectors=np.stack(list(known.values())))
        written.replace(file)


def _load(document: Document) -> bytes | None:
    try:
        return document.load()
    except Exception:
        return None


def _encode(entries: list[_Entry]) -> Matrix:
    return encoder().encode([e.lead for e in entries], _LEAD_TOKENS)


def _score(certainty: float, share: float) -> float:
    """A hit's score from the best hit's and its worth as a share of the best hit's."""
    share = min(max(share, 0.0), 1.0)
    if certainty < 0.5:
        return certainty * share
    if share < _NEARLY_AS_GOOD:
        return min(certainty * share, 0.499)
    return 0.5 + (certainty - 0.5) * (share - _NEARLY_AS_GOOD) / (1 - _NEARLY_AS_GOOD)


@cache
def _calibration() -> tuple[list[float], float]:
    weights = json.loads(Path(__file__).with_name("retrieval_weights.json").read_text())
    return weights["weights"], weights["intercept"]


def calibrated(evidence: Evidence) -> float:
    """The probability, 0..1, that the documents answer the question."""
    weights, intercept = _calibration()
    total = intercept + sum(w * f for w, f in zip(weights, evidence.features(), strict=True))
    return 1 / (1 + math.exp(-total))


__all__ = ["LONGEST", "Evidence", "Hit", "Index", "calibrated"]
