"""The linter over files: every defect of the walk-through is found, and its cure is clean."""

from pathlib import Path

import pytest

from lodekey.client import findings, lint_files
from lodekey.client.lint_templates import kind_of

TEMPLATE = """
provider:
  environment: {API_KEY: plain-text-here, DB_SECRET_ARN: "arn:x", TOKEN: !Ref Token}
  iam:
    role:
      statements:
        - {Effect: Allow, Action: "kms:Decrypt", Resource: "*"}
        - {Effect: Allow, Action: "ssm:GetParametersByPath", Resource: "*"}
resources:
  Resources:
    MyPrivateKey:
      Type: AWS::KMS::Key
      DeletionPolicy: Retain
      Properties:
        KeyPolicy:
          Version: "2012-10-17"
          Statement:
            - Sid: root
              Effect: Allow
              Principal: {AWS: !Sub "arn:aws:iam::${AWS::AccountId}:root"}
              Action: "kms:*"
              Resource: "*"
            - Sid: use
              Effect: Allow
              Principal: {Service: lambda.amazonaws.com}
              Action: [kms:Decrypt]
              Resource: !Sub arn:aws:kms:region:${AWS::AccountId}:key/my-key-1
              Condition:
                StringEquals:
                  kms:CallerArn: !Sub arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:f
"""


def codes(text, suffix):
    return {each.code for each in lint_files.look_at("f", text, suffix)}


def test_the_walk_throughs_template():
    wanted = {"LK002", "LK020", "LK021", "LK040", "LK043", "LT001"}
    assert wanted <= codes(TEMPLATE, ".yml")


@pytest.mark.parametrize(
    ("code", "bad", "good", "suffix"),
    [
        (
            "LT003",
            'aws kms encrypt --key-id k --plaintext "my value"',
            "aws kms encrypt --key-id k --plaintext fileb://<(cat v)",
            ".sh",
        ),
        (
            "LT003",
            "aws secretsmanager create-secret --name s --secret-string hunter2",
            "aws secretsmanager create-secret --name s --secret-string file://v",
            ".sh",
        ),
        (
            "LT004",
            'aws ssm put-parameter --name n --value "$(aws kms encrypt | base64 --decode)"',
            'aws ssm put-parameter --name n --value "$(aws kms encrypt)"',
            ".sh",
        ),
        (
            "LT005",
            'aws kms encrypt --plaintext "$(echo v | base64)"',
            "aws kms encrypt --plaintext fileb://v",
            ".sh",
        ),
        (
            "LT006",
            "aws ssm put-parameter --name n --type SecureString \\\n --value file://v",
            "aws ssm put-parameter --name n --type SecureString \\\n --key-id k --value file://v",
            ".sh",
        ),
        (
            "LT007",
            "aws secretsmanager create-secret --name s\naws secretsmanager create-secret --name s",
            "aws secretsmanager create-secret --name s\naws secretsmanager create-secret --name t",
            ".sh",
        ),
        ("LT008", "npx sls deploy", "npx osls@4 deploy", ".sh"),
        (
            "LT010",
            "#!/bin/sh\naws kms decrypt --ciphertext-blob fileb://<(cat f)",
            "#!/bin/bash\naws kms decrypt --ciphertext-blob fileb://<(cat f)",
            ".sh",
        ),
        (
            "LT002",
            "p = dec(ssm.get_parameter(Name='n')['Parameter']['Value'])\nprint('got', p)",
            "p = dec(ssm.get_parameter(Name='n')['Parameter']['Value'])\nprint('got p')",
            ".py",
        ),
        (
            "LT002",
            "const s = (await sm.send(new GetSecretValueCommand({}))).SecretString;\n"
            "console.log('from secrets manager:', s);",
            "const s = (await sm.send(new GetSecretValueCommand({}))).SecretString;\n"
            "console.log('read the secret');",
            ".js",
        ),
        ("LT000", "resources:\n    Key: 1\n  Outputs: 2", "resources: {}", ".yml"),
        (
            "LT001",
            "Resources: {S: {Type: AWS::SecretsManager::Secret, Properties: {SecretString: x}}}",
            "Resources: {S: {Type: AWS::SecretsManager::Secret, Properties: {Name: x}}}",
            ".yml",
        ),
        (
            "LT009",
            "resources: {Key: {Type: AWS::KMS::Alias}}",
            "resources: {Resources: {Key: {Type: AWS::KMS::Alias}}}",
            ".yml",
        ),
        (
            "LT011",
            "Resources: {F: {Type: AWS::Lambda::Function, Properties: {Environment: "
            "{Variables: {DB: '{{resolve:secretsmanager:db}}'}}}}}",
            "Resources: {F: {Type: AWS::Lambda::Function, Properties: {Environment: "
            "{Variables: {DB: 'sm://db'}}}}}",
            ".yml",
        ),
        (
            "LT012",
            "Parameters: {DbPassword: {Type: String}}",
            "Parameters: {DbPassword: {Type: String, NoEcho: true}}",
            ".yml",
        ),
        (
            "LT013",
            "Resources: {K: {Type: AWS::KMS::Key}}",
            "Resources: {K: {Type: AWS::KMS::Key, DeletionPolicy: Retain}}",
            ".yml",
        ),
    ],
)
def test_finds_the_defect_and_not_its_cure(code, bad, good, suffix):
    assert code in codes(bad, suffix)
    assert code not in codes(good, suffix)


def test_every_rule_can_be_shown():
    for code, title in findings.rules():
        assert title in findings.rule_text(code)


def test_a_finding_quotes_no_value():
    found = lint_files.look_at("f", TEMPLATE, ".yml")
    found += lint_files.look_at("f", "aws kms encrypt --plaintext plain-text-here", ".sh")
    assert all("plain-text-here" not in str(each) for each in found)


def test_reads_the_blocks_of_a_readme():
    text = "# How\n\n```bash\nnpx sls deploy\n```\n"
    found = lint_files.look_at("R.md", text, ".md")
    assert [(each.where, each.code) for each in found] == [("4", "LT008")]


def test_knows_a_policy_by_its_statements():
    principal = {"Principal": "*", "Action": "kms:Decrypt"}
    assert kind_of({"Statement": [{"Action": "kms:Decrypt"}]}) == "identity"
    assert kind_of({"Statement": principal}) == "key"
    assert kind_of({"Statement": {**principal, "Action": "sts:AssumeRole"}}) == "trust"
    assert kind_of({"Statement": {**principal, "Action": "s3:*"}}) == "resource"


def test_looks_through_directories(tmp_path: Path):
    (tmp_path / "a.sh").write_text("npx sls deploy\n")
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "b.sh").write_text("npx sls deploy\n")
    count, found = lint_files.look([tmp_path])
    assert (count, [each.code for each in found]) == (1, ["LT008"])
