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


class WhoCanReadRequest(TypedDict):
    Resource: str
    Principal: NotRequired[str]


class Reader(TypedDict):
    Principal: str
    Kind: str
    Function: NotRequired[str]
    Verdict: str
    Read: str
    Because: list[str]
    DependsOn: list[str]
    Witness: dict[str, list[str]]


class Escalation(TypedDict):
    Principal: str
    Kind: str
    Function: NotRequired[str]
    Steps: list[str]
    Through: NotRequired[str]
    Read: str


class WhoCanReadResponse(TypedDict):
    Resource: str
    Readers: list[Reader]
    Escalations: list[Escalation]
    NonReaders: int
    Unable: int
    Unknowns: list[str]
    Switches: list[str]
    Notes: list[str]
    CutOff: bool
    Certificate: str
