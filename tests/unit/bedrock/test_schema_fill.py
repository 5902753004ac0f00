"""Values for schemas that the built-in model knows nothing about."""

from typing import Any, Literal

import jsonschema
import pytest
from pydantic import BaseModel, Field

from local.bedrock.schema_fill import fill


class Leaf(BaseModel):
    name: str = Field(min_length=12, max_length=20)
    kind: Literal["a", "b"]


class Tree(BaseModel):
    leaves: list[Leaf] = Field(min_length=2)
    child: "Tree | None"
    weight: float = Field(gt=0, lt=1)
    count: int = Field(ge=10)
    when: str | None


@pytest.mark.parametrize(
    "schema",
    [
        Tree.model_json_schema(),
        {"type": "object", "properties": {"x": {"type": ["null", "integer"]}}, "required": ["x"]},
        {"type": "object", "properties": {"d": {"type": "string", "format": "date"}}},
        {"type": "array", "items": {"type": "boolean"}, "minItems": 3},
        {"type": "integer", "multipleOf": 7, "minimum": 8},
        {"allOf": [{"type": "object", "properties": {"a": {"const": 1}}, "required": ["a"]}]},
        {"enum": ["red", "green"]},
        {},
    ],
)
def test_a_value_is_valid_under_its_schema(schema: dict[str, Any]) -> None:
    jsonschema.validate(fill(schema, "some text"), schema)


def test_strings_are_filled_from_the_text_and_choices_by_name() -> None:
    schema = {"properties": {"note": {"type": "string"}, "color": {"enum": ["red", "green"]}}}
    assert fill(schema, "a green one") == {"note": "a green one", "color": "green"}
