"""Requests and responses of the server's own service, as ``wire/models/lodekey.json`` has them."""

from __future__ import annotations

from typing import NotRequired, TypedDict


class CreateAccountRequest(TypedDict):
    AccountId: NotRequired[str]


class CreateAccountResponse(TypedDict):
    AccountId: str
    AccessKeyId: str
    SecretAccessKey: str


class Nothing(TypedDict):
    pass


class Account(TypedDict):
    AccountId: str
    Alias: NotRequired[str]
    Created: float


class ListAccountsResponse(TypedDict):
    Accounts: list[Account]


class ResetResponse(TypedDict):
    Removed: int


class ExplainRequest(TypedDict):
    DecisionId: NotRequired[str]
    Principal: NotRequired[str]
    Action: NotRequired[str]
    Resource: NotRequired[str]
    Context: NotRequired[dict[str, list[str]]]


class Explanation(TypedDict):
    Text: str
    Json: str
    Allowed: bool
    Changed: bool


class ExplainResponse(TypedDict):
    Explanations: list[Explanation]


class VerifyTrailResponse(TypedDict):
    Sound: bool
    Records: int
    Findings: list[str]


class PutIssuerKeysRequest(TypedDict):
    Issuer: str
    Keys: str


class PutIssuerKeysResponse(TypedDict):
    Keys: int
