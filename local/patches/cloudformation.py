"""CloudFormation: properties that its resources lose."""

import json
from typing import Any

import yaml


def configure_tables() -> None:
    """A DynamoDB table has the expiry, the backups and the encryption that its template gives it.

    AWS: `TimeToLiveSpecification`, `PointInTimeRecoverySpecification` and `SSESpecification` take
    effect with the stack.
    ministack: drops the three of `AWS::DynamoDB::Table`, so that nothing ever expires.
    The patch sets them after the table is made or updated. (Setting them after each deployment
    instead would be a step that a real deployment doesn't have.)
    """
    from ministack.services import dynamodb
    from ministack.services.cloudformation import provisioners

    table_type = provisioners._RESOURCE_HANDLERS["AWS::DynamoDB::Table"]
    create, update = table_type["create"], table_type["update"]

    def configure(name: str, properties: dict[str, Any], previous: dict[str, Any]) -> None:
        expiry = properties.get("TimeToLiveSpecification")
        if expiry != previous.get("TimeToLiveSpecification"):
            wanted = expiry or {**previous["TimeToLiveSpecification"], "Enabled": False}
            # CloudFormation's booleans arrive as text when a template quotes them.
            enabled = str(wanted.get("Enabled")).lower() == "true"
            dynamodb._update_ttl(
                {"TableName": name, "TimeToLiveSpecification": {**wanted, "Enabled": enabled}}
            )
        backups = properties.get("PointInTimeRecoverySpecification")
        if backups != previous.get("PointInTimeRecoverySpecification"):
            enabled = str((backups or {}).get("PointInTimeRecoveryEnabled")).lower() == "true"
            dynamodb._update_continuous_backups(
                {
                    "TableName": name,
                    "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": enabled},
                }
            )
        encryption = properties.get("SSESpecification")
        if encryption:
            # CloudFormation says `SSEEnabled` where the API says `Enabled`.
            enabled = str(encryption.get("SSEEnabled")).lower() == "true"
            spec = {**encryption, "Enabled": enabled}
            dynamodb._tables[name]["SSEDescription"] = dynamodb._sse_description_from_spec(spec)

    def create_table(logical_id: str, props: dict[str, Any], stack_name: str) -> Any:
        name, attributes = create(logical_id, props, stack_name)
        configure(name, props, {})
        return name, attributes

    def update_table(
        physical_id: str,
        old_props: dict[str, Any],
        new_props: dict[str, Any],
        stack_name: str,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        name, attributes = update(physical_id, old_props, new_props, stack_name, *args, **kwargs)
        configure(name, new_props, old_props if name == physical_id else {})
        return name, attributes

    table_type["create"], table_type["update"] = create_table, update_table


def read_yaml_definitions() -> None:
    """A state machine may be written in YAML.

    AWS: `DefinitionUri` may point to YAML, which `sam deploy` uploads as it is.
    ministack: takes it for JSON, and every execution ends in `InvalidDefinition`.
    The patch makes JSON of it when the state machine is made or updated.
    """
    from ministack.services.cloudformation import provisioners

    read = provisioners._sfn_definition

    def definition(props: dict[str, Any]) -> str:
        text = str(read(props))
        try:
            json.loads(text)
        except ValueError:
            return json.dumps(yaml.safe_load(text))
        return text

    provisioners._sfn_definition = definition


def configure_cors() -> None:
    """An HTTP API answers browsers from the origins that its template names.

    AWS: `CorsConfiguration` takes effect with the stack.
    ministack: keeps it under CloudFormation's names (`AllowOrigins`), and looks for those of the
    API (`allowOrigins`), so that every origin is refused.
    The patch keeps it under the API's names.
    """
    from ministack.services.cloudformation import provisioners

    api_type = provisioners._RESOURCE_HANDLERS["AWS::ApiGatewayV2::Api"]
    create, update = api_type["create"], api_type["update"]

    def named_as_api(props: dict[str, Any]) -> dict[str, Any]:
        cors = props.get("CorsConfiguration")
        if not cors:
            return props
        named = {key[:1].lower() + key[1:]: value for key, value in cors.items()}
        return {**props, "CorsConfiguration": named}

    def create_api(logical_id: str, props: dict[str, Any], stack_name: str) -> Any:
        return create(logical_id, named_as_api(props), stack_name)

    def update_api(
        physical_id: str,
        old_props: dict[str, Any],
        new_props: dict[str, Any],
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        return update(physical_id, old_props, named_as_api(new_props), *args, **kwargs)

    api_type["create"], api_type["update"] = create_api, update_api


def generate_secrets() -> None:
    """A generated secret is made of the characters that its template allows.

    AWS: all settings of `GenerateSecretString`, from the system's random source.
    ministack: only `PasswordLength` and `ExcludeCharacters`, from a predictable one.
    The patch uses ministack's own GetRandomPassword.
    """
    from ministack.services import secretsmanager
    from ministack.services.cloudformation import provisioners

    declared = provisioners._sm_secret_string

    def secret_string(props: dict[str, Any]) -> str:
        settings = props.get("GenerateSecretString")
        if not settings or props.get("SecretString"):
            return str(declared(props))
        typed = {
            key: str(value).lower() == "true" if key in _SECRET_FLAGS else value
            for key, value in settings.items()
        }
        typed["PasswordLength"] = int(settings.get("PasswordLength", 32))
        status, _, body = secretsmanager._get_random_password(typed)
        answer = json.loads(body)
        if status >= 400:
            raise ValueError(f"AWS::SecretsManager::Secret: {answer.get('message')}")
        password = str(answer["RandomPassword"])
        template = settings.get("SecretStringTemplate")
        if not template:
            return password
        return json.dumps({**json.loads(template), settings["GenerateStringKey"]: password})

    provisioners._sm_secret_string = secret_string


_SECRET_FLAGS = {
    "ExcludeLowercase",
    "ExcludeNumbers",
    "ExcludePunctuation",
    "ExcludeUppercase",
    "IncludeSpace",
    "RequireEachIncludedType",
}


def refer_to_secrets_by_arn() -> None:
    """`Ref` of a secret is its ARN.

    AWS: so that `Resource: !Ref Secret` in a policy names the secret.
    ministack: `Ref` is the name, and such a policy allows nothing.
    The patch makes the ARN the physical id, and the name of it again for ministack's own code.
    """
    from ministack.services.cloudformation import provisioners

    secret_type = provisioners._RESOURCE_HANDLERS["AWS::SecretsManager::Secret"]
    create, update, delete = (secret_type[step] for step in ("create", "update", "delete"))

    def name_of(arn: str) -> str:
        return arn.partition(":secret:")[2].rpartition("-")[0] or arn

    def create_secret(*args: Any, **kwargs: Any) -> Any:
        _, attributes = create(*args, **kwargs)
        return attributes["Arn"], attributes

    def update_secret(physical_id: str, *args: Any, **kwargs: Any) -> Any:
        _, attributes = update(name_of(physical_id), *args, **kwargs)
        return attributes["Arn"], attributes

    def delete_secret(physical_id: str, *args: Any, **kwargs: Any) -> Any:
        return delete(name_of(physical_id), *args, **kwargs)

    secret_type.update(create=create_secret, update=update_secret, delete=delete_secret)


def compute_in_conditions() -> None:
    """A condition may compute what it compares.

    AWS: `Fn::Split`, `Fn::Join` and `Fn::Select` work inside conditions.
    ministack: knows only `Ref` and `Fn::Select` of a list parameter there, and fails on others.
    The patch computes them with ministack's own functions before the conditions are evaluated.
    """
    from ministack.services.cloudformation import changesets, engine, handlers, stacks

    evaluate = engine._evaluate_conditions

    def computed(value: Any, params: Any) -> Any:
        if isinstance(value, list):
            return [computed(item, params) for item in value]
        if not isinstance(value, dict):
            return value
        if value.keys() & {"Fn::Select", "Fn::Split", "Fn::Join"}:
            return engine._resolve_refs(value, {}, params, {}, {}, "", "")
        return {key: computed(item, params) for key, item in value.items()}

    def evaluate_computed(template: dict[str, Any], params: dict[str, Any]) -> Any:
        conditions = computed(template.get("Conditions", {}), params)
        return evaluate({**template, "Conditions": conditions}, params)

    for module in (engine, changesets, handlers, stacks):
        module._evaluate_conditions = evaluate_computed
