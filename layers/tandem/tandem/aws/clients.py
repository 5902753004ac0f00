"""AWS clients, each made once, all of one session: the first costs most, each further one little.

Made by botocore's session, not boto3's: the clients are the same, and a cold start is shorter.
"""

from functools import cache
from typing import TYPE_CHECKING, Any, cast

import botocore.session
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_apigatewaymanagementapi.client import ApiGatewayManagementApiClient
    from mypy_boto3_bedrock_agent.client import AgentsforBedrockClient
    from mypy_boto3_bedrock_agent_runtime.client import AgentsforBedrockRuntimeClient
    from mypy_boto3_bedrock_runtime.client import BedrockRuntimeClient
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_events.client import EventBridgeClient
    from mypy_boto3_lambda.client import LambdaClient
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_sagemaker.client import SageMakerClient
    from mypy_boto3_secretsmanager.client import SecretsManagerClient
    from mypy_boto3_sns.client import SNSClient
    from mypy_boto3_ssm.client import SSMClient
    from mypy_boto3_stepfunctions.client import SFNClient

    from tandem.aws.chat_endpoint import EndpointRuntime
    from tandem.aws.endpoint_alarms import CloudWatchClient
    from tandem.aws.model_imports import BedrockClient


def _patience(connect: float, read: float, attempts: int) -> Config:
    """Seconds to wait for a connection and for an answer; attempts include the first."""
    return Config(
        connect_timeout=connect,
        read_timeout=read,
        retries={"total_max_attempts": attempts, "mode": "standard"},
    )


_USUAL = _patience(2, 5, attempts=3)
_PUSH = _patience(2, 2, attempts=2)
"""A customer waits behind a push: one that hangs must not hold up the others."""
_MODEL = _patience(3, 20, attempts=2)
_ENDPOINT = _patience(3, 30, attempts=1)
"""An answer comes in one piece. Twice as long would be longer than a turn's function has."""
_INGESTION = _patience(2, 5, attempts=2)
"""A lead waits behind it; what was not taken is tried again later."""
_CHECKS = _patience(3, 20, attempts=8)
_FUNCTION = _patience(2, 65, attempts=1)
"""A function runs as long as it runs; asked twice, it would run twice."""


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


def _client(service: str, config: Config = _USUAL, **options: Any) -> Any:
    return _session().create_client(service, config=config, **options)


@cache
def dynamodb() -> "DynamoDBClient":
    return cast("DynamoDBClient", _client("dynamodb"))


@cache
def events() -> "EventBridgeClient":
    return cast("EventBridgeClient", _client("events"))


@cache
def connections_api(url: str) -> "ApiGatewayManagementApiClient":
    """The `@connections` of one WebSocket API; `url` is its base with the stage."""
    client = _client("apigatewaymanagementapi", _PUSH, endpoint_url=url)
    return cast("ApiGatewayManagementApiClient", client)


@cache
def sns() -> "SNSClient":
    return cast("SNSClient", _client("sns"))


@cache
def lambda_() -> "LambdaClient":
    return cast("LambdaClient", _client("lambda", _FUNCTION))


@cache
def step_functions() -> "SFNClient":
    return cast("SFNClient", _client("stepfunctions"))


@cache
def s3() -> "S3Client":
    return cast("S3Client", _client("s3"))


@cache
def s3_links() -> "S3Client":
    """Signs addresses for browsers: as objects under a key of KMS ask for it (version 4), and at
    the region's own endpoint, for which a signature holds."""
    config = _USUAL.merge(Config(signature_version="s3v4"))
    return cast("S3Client", _client("s3", config, endpoint_url=s3().meta.endpoint_url))


@cache
def sagemaker() -> "SageMakerClient":
    return cast("SageMakerClient", _client("sagemaker"))


@cache
def sagemaker_runtime() -> "EndpointRuntime":
    return cast("EndpointRuntime", _client("sagemaker-runtime", _ENDPOINT))


@cache
def bedrock() -> "BedrockClient":
    return cast("BedrockClient", _client("bedrock"))


@cache
def cloudwatch() -> "CloudWatchClient":
    return cast("CloudWatchClient", _client("cloudwatch"))


@cache
def ssm() -> "SSMClient":
    return cast("SSMClient", _client("ssm"))


@cache
def secrets_manager() -> "SecretsManagerClient":
    return cast("SecretsManagerClient", _client("secretsmanager"))


@cache
def bedrock_runtime() -> "BedrockRuntimeClient":
    return cast("BedrockRuntimeClient", _client("bedrock-runtime", _MODEL))


@cache
def bedrock_checks() -> "BedrockRuntimeClient":
    """For guardrail checks: nobody waits for them, and what is throttled comes again."""
    return cast("BedrockRuntimeClient", _client("bedrock-runtime", _CHECKS))


@cache
def bedrock_agent_runtime() -> "AgentsforBedrockRuntimeClient":
    return cast("AgentsforBedrockRuntimeClient", _client("bedrock-agent-runtime", _MODEL))


@cache
def bedrock_agent() -> "AgentsforBedrockClient":
    return cast("AgentsforBedrockClient", _client("bedrock-agent", _INGESTION))
