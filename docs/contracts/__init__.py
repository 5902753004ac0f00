"""Writes the contracts that others build on, from the code: JSON Schemas, OpenAPI, AsyncAPI.

`make docs` writes them; a test fails when what lies in `docs/` is not what this would write.
"""

import json
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from docs.contracts.asyncapi import EVENTS, asyncapi
from docs.contracts.json_schemas import schema_of
from docs.contracts.openapi import openapi
from docs.contracts.socket_frames import frames_schema
from tandem.bus_event import BusEvent
from tandem.live.policy import Policy
from tandem.live.transcript import Transcript
from tandem.review.dataset_rows import (
    DatasetManifest,
    DemonstrationRow,
    PreferenceRow,
    RatingRow,
)
from tandem.review.policy import ReviewPolicy
from tandem.tuning.policy import TuningPolicy

FOLDER = Path(__file__).parent.parent


def documents() -> dict[str, str]:
    """Everything that is generated: the file's name below `docs/`, and its text."""
    schemas: dict[str, type[BaseModel]] = {
        **{_file(event): event for event in EVENTS},
        "transcript.json": Transcript,
        "policy.json": Policy,
        "review_policy.json": ReviewPolicy,
        "tuning_policy.json": TuningPolicy,
        "dataset_manifest.json": DatasetManifest,
        "dataset_rating.json": RatingRow,
        "dataset_preference.json": PreferenceRow,
        "dataset_demonstration.json": DemonstrationRow,
    }
    made = {f"schemas/{name}": _json(schema_of(model)) for name, model in schemas.items()}
    made["schemas/frames.json"] = _json(frames_schema())
    made["openapi.yaml"] = _yaml(openapi())
    made["asyncapi.yaml"] = _yaml(asyncapi())
    return made


def write() -> None:
    for name, text in documents().items():
        path = FOLDER / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def _file(event: type[BusEvent]) -> str:
    return event.detail_type.lower().replace(" ", "_") + ".json"


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _yaml(document: dict[str, Any]) -> str:
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)
