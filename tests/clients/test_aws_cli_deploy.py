"""``aws cloudformation deploy``, twice, and what comes before and after."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from running import Running

pytestmark = [pytest.mark.clients, pytest.mark.slow]

TEMPLATE = """\
AWSTemplateFormatVersion: 2010-09-09
Description: A key, its alias, a parameter and a secret
Parameters:
  Prefix: {Type: String, Default: demo, AllowedPattern: "[a-z]+"}
Resources:
  Key:
    Type: AWS::KMS::Key
    Properties: {EnableKeyRotation: true}
  Alias:
    Type: AWS::KMS::Alias
    Properties: {AliasName: !Sub "alias/${Prefix}", TargetKeyId: !Ref Key}
  Secret:
    Type: AWS::SecretsManager::Secret
    Properties: {KmsKeyId: !GetAtt Key.Arn, GenerateSecretString: {PasswordLength: 24}}
  Parameter:
    Type: AWS::SSM::Parameter
    Properties: {Type: String, Value: !Join [",", [!Ref Prefix, !Select [1, !Split ["-", a-b]]]]}
Outputs:
  KeyArn: {Value: !GetAtt Key.Arn, Export: {Name: !Sub "${AWS::StackName}-key"}}
"""


def aws(running: Running, home: Path, *words: str) -> str:
    """Run the AWS CLI; what it says."""
    key, secret = running.credentials()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "AWS_ENDPOINT_URL": running.endpoint,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
    }
    done = subprocess.run(
        [Path(sys.executable).parent / "aws", *words],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_deploy_twice_and_delete(running, tmp_path):
    file = tmp_path / "template.yaml"
    file.write_text(TEMPLATE)
    deploy = ("cloudformation", "deploy", "--stack-name", "cli", "--template-file", str(file))
    assert "Successfully created/updated stack - cli" in aws(running, tmp_path, *deploy)
    again = aws(running, tmp_path, *deploy, "--no-fail-on-empty-changeset")
    assert "No changes to deploy. Stack cli is up to date" in again
    aws(running, tmp_path, "cloudformation", "validate-template", "--template-body", TEMPLATE)
    aws(running, tmp_path, "cloudformation", "delete-stack", "--stack-name", "cli")
    aws(running, tmp_path, "cloudformation", "wait", "stack-delete-complete", "--stack-name", "cli")
