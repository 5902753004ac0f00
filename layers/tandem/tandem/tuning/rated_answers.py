"""How many rated answers a dataset has for a training, and how many of them are new.

A dataset's `manifest.json` says how many there are; its `rows.txt` says which, one a line:
`<split>/<kind> <id> <digest>`. The test split is not trained on, and counts for nothing here.
"""

from collections.abc import Iterator

from pydantic import ValidationError

from tandem.review.dataset_rows import DatasetManifest, Kind, Split
from tandem.tuning.ports import Files

_TRAINED_ON = (Split.TRAIN, Split.VALIDATION)


class NoDataset(Exception):
    """There is none where there should be one, or it cannot be read; the text says which."""


def manifest_of(files: Files, dataset_uri: str) -> DatasetManifest:
    """Raises `NoDataset`."""
    uri = f"{dataset_uri.rstrip('/')}/manifest.json"
    try:
        return DatasetManifest.model_validate_json(files.read_uri(uri))
    except KeyError:
        raise NoDataset(f"there is no {uri}") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise NoDataset(f"{uri} cannot be read: {place or 'it'}: {first['msg']}") from error


def to_train_on(manifest: DatasetManifest) -> int:
    sources = manifest.sources.get(Kind.RATINGS, {})
    return sum(sum(sources.get(split, {}).values()) for split in _TRAINED_ON)


def new_since(files: Files, dataset_uri: str, before_uri: str) -> int | None:
    """How many are new, or rated otherwise, since another dataset. None: its rows, or this one's,
    are not listed (any more)."""
    try:
        before, now = (dict(_rows(files, uri)) for uri in (before_uri, dataset_uri))
    except KeyError:
        return None
    return sum(before.get(row_id) != digest for row_id, digest in now.items())


def _rows(files: Files, dataset_uri: str) -> Iterator[tuple[str, str]]:
    """Id and digest, whichever split they are in: a row that moved is not new."""
    wanted = tuple(f"{split.value}/{Kind.RATINGS.value} " for split in _TRAINED_ON)
    for line in files.read_uri(f"{dataset_uri.rstrip('/')}/rows.txt").decode().splitlines():
        if line.startswith(wanted):
            row_id, _, digest = line.partition(" ")[2].rpartition(" ")
            yield row_id, digest
