"""Counts what is in a dataset, and what is new in it."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from tandem.review.dataset_contents import Contents
from tandem.review.dataset_rows import (
    ROWS,
    Changes,
    DatasetManifest,
    Kind,
    RatingRow,
    Split,
    source_of,
)
from tandem.review.dataset_sources import Gathered
from tandem.review.models import HIGHEST, LOWEST, Pick
from tandem.review.policy import Dataset

UNKNOWN = "unknown"


def manifest_of(
    gathered: Gathered,
    contents: Contents,
    policy: Dataset,
    *,
    version: int,
    built_at: datetime,
    inputs: str,
    previous: DatasetManifest | None,
    previous_rows: bytes,
    series_drawn: tuple[int, ...],
    withdrawals: int,
) -> DatasetManifest:
    """The manifest of contents that will be this version; `previous_rows` is the `rows.txt` of the
    version before."""
    figures = _Figures(contents)
    return DatasetManifest(
        version=version,
        built_at=built_at,
        inputs=inputs,
        previous=previous.version if previous else None,
        changes=_changes(previous_rows.decode().splitlines(), contents.rows),
        test_series=contents.series,
        series_drawn=series_drawn,
        seed=policy.seed,
        test_share=policy.test_share,
        validation_share=policy.validation_share,
        sources=figures.sources,
        topics={split: len(found) for split, found in contents.topics.items()},
        ratings=figures.ratings,
        mean_agreement=figures.mean_agreement,
        models=_sorted(figures.models),
        languages=_sorted(figures.languages),
        picks={pick: figures.picks[pick] for pick in Pick},
        sampling_policies=_sorted(gathered.sampling_policies),
        conversations=len(contents.conversations),
        withdrawals=withdrawals,
        left_out={why: n for why, n in sorted(contents.left_out.items()) if n},
        files=tuple(contents.files),
    )


def _sorted(counts: Counter[str]) -> dict[str, int]:
    """The most frequent first."""
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


class _Figures:
    def __init__(self, contents: Contents) -> None:
        self.sources: dict[Kind, dict[Split, dict[str, int]]] = {
            kind: {split: {} for split in Split} for kind in Kind
        }
        self.ratings = {
            split: {str(rating): 0 for rating in range(LOWEST, HIGHEST + 1)} for split in Split
        }
        self.models: Counter[str] = Counter()
        self.languages: Counter[str] = Counter()
        self.picks: Counter[Pick] = Counter()
        agreements: list[float] = []
        for (kind, split), lines in contents.lines.items():
            counts: Counter[str] = Counter()
            for line in lines:
                row = ROWS[kind].model_validate_json(line)
                counts[source_of(row)] += 1
                if isinstance(row, RatingRow):
                    self._count(row, split)
                    if row.agreement is not None:
                        agreements.append(row.agreement)
            self.sources[kind][split] = dict(sorted(counts.items()))
        self.mean_agreement = round(sum(agreements) / len(agreements), 4) if agreements else None

    def _count(self, row: RatingRow, split: Split) -> None:
        self.ratings[split][str(int(row.reward + 0.5))] += 1
        self.models[row.model_id or UNKNOWN] += 1
        self.languages[row.language or UNKNOWN] += 1
        self.picks.update(row.picks)


def _changes(before: list[str], after: list[str]) -> dict[Kind, Changes]:
    old, new = dict(_by_name(before)), dict(_by_name(after))
    return {
        kind: Changes(
            added=sum(name not in old for name in new if _is(kind, name)),
            removed=sum(name not in new for name in old if _is(kind, name)),
            changed=sum(old.get(name, digest) != digest for name, digest in new.items()
                        if _is(kind, name)),
        )
        for kind in Kind
    }  # fmt: skip


def _by_name(rows: list[str]) -> Iterator[tuple[str, str]]:
    for row in rows:
        name, _, digest = row.rpartition(" ")
        yield name, digest


def _is(kind: Kind, name: str) -> bool:
    return name.partition(" ")[0].endswith(f"/{kind.value}")
