"""How the pydantic models become JSON Schemas."""

from typing import Any, override

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema
from pydantic_core import core_schema

VERSION = "1"
"""Of the contracts."""
DIALECT = "https://json-schema.org/draft/2020-12/schema"


class AsSent(GenerateJsonSchema):
    """What is sent is sent with all its fields. Only models have titles: each title becomes a type
    of that name."""

    @override
    def field_is_required(
        self,
        field: core_schema.ModelField | core_schema.DataclassField | core_schema.TypedDictField,
        total: bool,
    ) -> bool:
        return self.mode == "serialization" or super().field_is_required(field, total)

    @override
    def field_title_should_be_set(self, schema: object) -> bool:
        return False


def definitions_of(
    template: str, *, sent: set[type[BaseModel]], taken: set[type[BaseModel]]
) -> tuple[dict[type[BaseModel], dict[str, Any]], dict[str, Any]]:
    """References to the models' schemas, and these, with those that they refer to, by name.

    What is sent has all its fields; of what is taken, those with a default may be missing.
    """
    modes: dict[type[BaseModel], JsonSchemaMode] = dict.fromkeys(taken, "validation")
    modes |= dict.fromkeys(sent, "serialization")
    wanted = sorted(modes.items(), key=lambda pair: (pair[0].__module__, pair[0].__name__))
    by_model, whole = models_json_schema(wanted, ref_template=template, schema_generator=AsSent)
    return {model: by_model[model, mode] for model, mode in wanted}, whole.get("$defs", {})


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    schema = TypeAdapter(model).json_schema(mode="validation", by_alias=True)
    return {"$schema": DIALECT, **schema}
