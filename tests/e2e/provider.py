"""A team's own identity provider: another Cognito user pool on the same engine, made before the
stack is deployed, as a team has its provider before it has Tandem."""

from typing import Any

import boto3

from local.contents import PASSWORD
from local.engine import REGION, Engine

CUSTOMER = "carla@customer.example"


class Provider:
    """Made when the stack asks for its parameters; signs in the team's customers."""

    def __init__(self) -> None:
        self._cognito: Any = None
        self._pool = ""
        self._client = ""

    def parameters(self, engine: Engine) -> dict[str, str]:
        """Make the user pool; the template's parameters that name it."""
        self._cognito = boto3.client("cognito-idp", **engine.client_settings())
        self._pool = self._cognito.create_user_pool(PoolName="customers")["UserPool"]["Id"]
        self._client = self._cognito.create_user_pool_client(
            UserPoolId=self._pool,
            ClientName="shop",
            ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        )["UserPoolClient"]["ClientId"]
        self._cognito.admin_create_user(
            UserPoolId=self._pool,
            Username=CUSTOMER,
            MessageAction="SUPPRESS",
            TemporaryPassword=PASSWORD,
        )
        self._cognito.admin_set_user_password(
            UserPoolId=self._pool, Username=CUSTOMER, Password=PASSWORD, Permanent=True
        )
        return {
            "CustomerIssuer": f"https://cognito-idp.{REGION}.amazonaws.com/{self._pool}",
            "CustomerAudience": self._client,
        }

    def sign_in(self) -> str:
        """An id token of a customer."""
        answer = self._cognito.admin_initiate_auth(
            UserPoolId=self._pool,
            ClientId=self._client,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": CUSTOMER, "PASSWORD": PASSWORD},
        )
        return str(answer["AuthenticationResult"]["IdToken"])
