"""What ``lodekey lint`` says of files: the rules LT…, beside the policy linter's LK…."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from lodekey.policy import lint as policy_lint
from lodekey.policy.lint import Surroundings
from lodekey.policy.statement import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRule:
    """A rule about files.

    Args:
        code: ``LT`` and three digits; permanent.
        title: What is wrong.
        explanation: Why it matters, and what to do.
        example: What breaks it.
    """

    code: str
    title: str
    explanation: str
    example: str


FILE_RULES = (
    FileRule(
        code="LT000",
        title="the file cannot be read as what it is",
        explanation="A template that does not parse deploys nothing.",
        example="resources:\n    Key:\n  Outputs:",
    ),
    FileRule(
        code="LT001",
        title="a value in plain text in a template",
        explanation="Templates are committed and uploaded, and GetTemplate shows them. "
        "Let the template name the value, and `lodekey seal` put it there; a generated one may use "
        "GenerateSecretString. "
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/"
        "security-best-practices.html",
        example="Environment: {Variables: {DB_PASSWORD: hunter2}}",
    ),
    FileRule(
        code="LT002",
        title="a value goes to the log",
        explanation="Whoever may read the log group reads the value: logs:GetLogEvents becomes "
        "kms:Decrypt. Log that it was read, never what.",
        example='console.log("from secrets manager:", secret)',
    ),
    FileRule(
        code="LT003",
        title="a value in the arguments of a command",
        explanation="The shell's history keeps it, and `ps` shows it to every user of the machine. "
        "`lodekey seal NAME` asks for it; the AWS CLI takes fileb:// and file://.",
        example='aws kms encrypt --key-id alias/k --plaintext "hunter2"',
    ),
    FileRule(
        code="LT004",
        title="binary in the arguments of a command",
        explanation="An argument cannot hold a NUL, and the CLI takes it for text: what is decoded "
        "here is damaged for good. Store the base64 as it is, or let the store encrypt.",
        example='aws ssm put-parameter --value "$(... | base64 --decode)"',
    ),
    FileRule(
        code="LT005",
        title="encoded in base64 twice",
        explanation="AWS CLI v1 encodes --plaintext itself, v2 takes base64. Base64 given to v1 is "
        "sealed as base64, and the reader gets `bXkg...`. `--plaintext fileb://F` means the same "
        "to both.",
        example='aws kms encrypt --plaintext "$(echo value | base64)"',
    ),
    FileRule(
        code="LT006",
        title="a SecureString under the account's own key",
        explanation="Without --key-id (KeyId) Parameter Store takes alias/aws/ssm, which every "
        "principal of the account with ssm:GetParameter may use. "
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/"
        "secure-string-parameter-kms-encryption.html",
        example="aws ssm put-parameter --type SecureString --name /a --value file://v",
    ),
    FileRule(
        code="LT007",
        title="create-secret for a name that is there",
        explanation="The second create-secret of a name answers ResourceExistsException. A new "
        "value is put-secret-value; `lodekey seal sm:NAME` does either.",
        example="aws secretsmanager create-secret --name s\n" * 2,
    ),
    FileRule(
        code="LT008",
        title="npx fetches a package of another name",
        explanation="The npm package `sls` is not the Serverless Framework, and `serverless` 4 "
        "asks for a login. Install what is meant and pin it: `npm install --save-dev osls@4`.",
        example="npx sls deploy",
    ),
    FileRule(
        code="LT009",
        title="resources without a Resources level",
        explanation="serverless.yml merges its `resources` into the template: what stands there is "
        "`Resources:` and `Outputs:`, and a resource beside them is an unrecognized property.",
        example="resources: {MyKey: {Type: AWS::KMS::Key}}",
    ),
    FileRule(
        code="LT010",
        title="a process substitution that sh does not know",
        explanation="fileb://<(...) works under bash and zsh; under dash it is a syntax error.",
        example="#!/bin/sh\naws kms decrypt --ciphertext-blob fileb://<(cat f)",
    ),
    FileRule(
        code="LT011",
        title="a value resolved into a function's configuration",
        explanation="{{resolve:...}} in an environment variable writes the value, decrypted, into "
        "the configuration that GetFunctionConfiguration shows. Let the code read it.",
        example="Environment: {Variables: {DB: '{{resolve:secretsmanager:db}}'}}",
    ),
    FileRule(
        code="LT012",
        title="a template parameter that shows what it is given",
        explanation="DescribeStacks shows a parameter's value unless NoEcho is true. "
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/"
        "parameters-section-structure.html",
        example="Parameters: {DbPassword: {Type: String}}",
    ),
    FileRule(
        code="LT013",
        title="a key that goes with its stack",
        explanation="Deleting the stack schedules the key's deletion, and nothing that it sealed "
        "opens again. Set DeletionPolicy: Retain.",
        example="Key: {Type: AWS::KMS::Key, Properties: {...}}",
    ),
)
TITLES = {rule.code: rule.title for rule in FILE_RULES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing found.

    Args:
        file: The file, or the ARN of what was looked at.
        where: The place in it: a line, a path, a statement.
        code: The rule's.
        title: The rule's.
        message: What was found; never a value.
    """

    file: str
    where: str
    code: str
    title: str
    message: str

    def __str__(self) -> str:
        where = f":{self.where}" if self.where else ""
        return f"{self.file}{where}: {self.code} {self.title}: {self.message}"

    @property
    def data(self) -> dict[str, str]:
        """As JSON."""
        return asdict(self)


def found(file: str, where: str, code: str, message: str) -> Finding:
    """A finding of one of the rules for files."""
    return Finding(file=file, where=where, code=code, title=TITLES[code], message=message)


def in_policy(
    file: str, where: str, policy: Mapping[str, Any] | str, kind: Kind, resource: str = ""
) -> list[Finding]:
    """What the policy linter says of one document."""
    text = policy if isinstance(policy, str) else json.dumps(policy)
    surroundings = Surroundings(resource=resource)
    return [
        Finding(
            file=file,
            where=f"{where} {each.sid}".strip(),
            code=each.code,
            title=each.title,
            message=each.message,
        )
        for each in policy_lint.lint(text, kind, surroundings)
    ]


def rule_text(code: str) -> str:
    """A rule in full.

    Raises:
        KeyError: There is none.
    """
    rule: Any = {each.code: each for each in FILE_RULES}.get(code.upper())
    if rule is None:
        rule = policy_lint.rule(code)
    return f"{rule.code}: {rule.title}\n\n{rule.explanation}\n\nFor example:\n\n{rule.example}\n"


def rules() -> list[tuple[str, str]]:
    """Every rule's code and title."""
    return [
        *((each.code, each.title) for each in policy_lint.RULES),
        *((each.code, each.title) for each in FILE_RULES),
    ]
