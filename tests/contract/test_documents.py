"""What lies in docs/ and events/ is what the code says."""

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from pydantic import ValidationError

from docs.contracts import ROUTES, documents
from local.invoke import targets
from tandem.live.events import EVENTS, SOURCE
from tandem.live.frames import CUSTOMER_FRAMES

ROOT = Path(__file__).parents[2]
BY_TYPE = {event.detail_type: event for event in EVENTS}
SAMPLES = {path.name: json.loads(path.read_text()) for path in (ROOT / "events").rglob("*.json")}
ENVELOPES = sorted(name for name, event in SAMPLES.items() if event.get("detail-type") in BY_TYPE)


@pytest.mark.parametrize("name", sorted(documents()))
def test_the_written_contract_is_the_generated_one(name: str) -> None:
    assert (ROOT / "docs" / name).read_text() == documents()[name], "run `make docs`"


def test_no_contract_is_left_over() -> None:
    written = {f"schemas/{path.name}" for path in (ROOT / "docs" / "schemas").iterdir()}

    assert written == {name for name in documents() if name.startswith("schemas/")}


def test_the_http_contract_is_valid_openapi() -> None:
    validate(yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text()))


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    document = yaml.safe_load((ROOT / "docs" / "asyncapi.yaml").read_text())
    for reference in _references(document):
        place = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]


def test_every_event_has_a_sample() -> None:
    sampled = {SAMPLES[name]["detail-type"] for name in ENVELOPES}

    assert sampled == set(BY_TYPE)


@pytest.mark.parametrize("name", ENVELOPES)
def test_a_sample_is_an_event_of_its_contract(name: str) -> None:
    envelope = SAMPLES[name]
    model = BY_TYPE[envelope["detail-type"]]
    schema = json.loads((ROOT / "docs" / "schemas" / name).read_text())

    Draft202012Validator(schema).validate(envelope["detail"])
    event = model.model_validate(envelope["detail"])
    assert json.loads(event.model_dump_json()).items() >= envelope["detail"].items()


@pytest.mark.parametrize("name", ENVELOPES)
def test_an_event_with_an_unknown_field_is_refused_by_model_and_schema(name: str) -> None:
    envelope = SAMPLES[name]
    detail = {**envelope["detail"], "surprise": 1}
    schema = json.loads((ROOT / "docs" / "schemas" / name).read_text())

    assert not Draft202012Validator(schema).is_valid(detail)
    with pytest.raises(ValidationError, match="surprise"):
        BY_TYPE[envelope["detail-type"]].model_validate(detail)


@pytest.mark.parametrize("name", ENVELOPES)
def test_only_what_a_chatbot_may_send_comes_from_another_source(name: str) -> None:
    envelope = SAMPLES[name]
    foreign = {"Message Received", "Escalation Requested"}

    assert (envelope["source"] == SOURCE) == (envelope["detail-type"] not in foreign)


def test_the_sample_frame_is_one_that_customers_may_send() -> None:
    event = SAMPLES["frame.json"]

    assert CUSTOMER_FRAMES.validate_json(event["body"]).action == "message"


def test_every_route_of_the_contract_is_named_once() -> None:
    assert len({route.summary for route in ROUTES.values()}) == len(ROUTES)


def _references(node: object) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [found for value in node.values() for found in _references(value)]
    if isinstance(node, list):
        return [found for value in node for found in _references(value)]
    return []


def test_every_sample_of_an_entry_point_names_its_function() -> None:
    entry_points = {path.name for path in (ROOT / "events").glob("*.json")}

    assert set(targets()) == entry_points
