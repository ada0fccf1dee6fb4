"""lint --live: every defect of the walk-through, in an account as it is."""

import json

import pytest

ANY = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture
def account(lodekey):
    """An account in which the walk-through was carried out, with all that is wrong with it."""
    number = lodekey.boto3("sts").get_caller_identity()["Account"]
    root = {"AWS": f"arn:aws:iam::{number}:root"}
    function = f"arn:aws:lambda:us-east-1:{number}:function:f"
    kms, iam, sm = (lodekey.boto3(each) for each in ("kms", "iam", "secretsmanager"))
    key = f"arn:aws:kms:us-east-1:{number}:key/11111111-2222-3333-4444-555555555555"
    kms.create_key(
        Policy=document(
            {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"},
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "kms:Decrypt",
                "Resource": key,
                "Condition": {"ArnEquals": {"kms:CallerArn": function}},
            },
        )
    )
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName="f", AssumeRolePolicyDocument=document(trust))
    read = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
    iam.put_role_policy(RoleName="f", PolicyName="read", PolicyDocument=document(read))
    by_path = [
        {**ANY, "Action": "ssm:GetParameter*"},
        {
            "Effect": "Deny",
            "Action": "ssm:GetParameter",
            "Resource": f"arn:aws:ssm:us-east-1:{number}:parameter/app/db",
        },
    ]
    iam.create_policy(PolicyName="by-path", PolicyDocument=document(*by_path))
    iam.create_user(UserName="u")
    typo = {**ANY, "Action": "kms:Decrypted"}
    iam.put_user_policy(UserName="u", PolicyName="typo", PolicyDocument=document(typo))
    sm.create_secret(Name="a-closed", SecretString="v")
    everybody = {"Effect": "Deny", "Principal": "*", "Resource": "*"}
    closed = {**everybody, "Action": "secretsmanager:GetResourcePolicy"}
    sm.put_resource_policy(SecretId="a-closed", ResourcePolicy=document(closed))
    sm.create_secret(Name="db", SecretString="v")
    only = {"StringNotEquals": {"lambda:SourceFunctionArn": function}}
    deny = {**everybody, "Action": "secretsmanager:GetSecretValue"}
    sm.put_resource_policy(SecretId="db", ResourcePolicy=document({**deny, "Condition": only}))
    ssm = lodekey.boto3("ssm")
    ssm.put_parameter(Name="/app/db_password", Value="v", Type="String")
    ssm.put_parameter(Name="/app/sealed", Value="v", Type="SecureString")
    template = {
        "Resources": {
            "P": {
                "Type": "AWS::SSM::Parameter",
                "Properties": {"Name": "/stack/password", "Type": "String", "Value": "hunter2"},
            }
        }
    }
    lodekey.boto3("cloudformation").create_stack(StackName="s", TemplateBody=json.dumps(template))
    s3 = lodekey.boto3("s3")
    s3.create_bucket(Bucket=f"open-{number}")
    opened = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::open-{number}/*",
    }
    s3.put_public_access_block(
        Bucket=f"open-{number}",
        PublicAccessBlockConfiguration={"BlockPublicPolicy": False},
    )
    s3.put_bucket_policy(Bucket=f"open-{number}", Policy=document(opened))
    return lodekey


WHERE = {
    "LK002": ":key/",
    "LK020": ":key/",
    "LK021": ":key/",
    "LK040": ":key/",
    "LK043": ":role/f",
    "LK044": ":policy/by-path",
    "LK045": ":user/u",
    "LK006": ":secret:db",
    "LT001": ":stack/s",
    "LT006": "ssm:/app/sealed",
    "LK022": ":s3:::open-",
}


def test_every_defect_of_the_walk_through_is_found_live(account):
    found = account.json("lint", "--live", code=6)
    missing = {
        code: place
        for code, place in WHERE.items()
        if not any(each["code"] == code and place in each["file"] for each in found)
    }
    assert missing == {}, sorted({(each["code"], each["file"]) for each in found})
    assert {each["file"] for each in found if each["code"] == "LT001"} >= {"ssm:/app/db_password"}
    assert "hunter2" not in json.dumps(found)


def test_an_account_in_order_has_no_findings(lodekey):
    said = lodekey("lint", "--live")
    assert "nothing found" in said.stderr


def test_what_the_caller_may_not_see_is_told(account):
    keys = {**ANY, "Action": "kms:*"}
    said = account.as_user("looker", keys)("lint", "--live", code=6)
    assert said.stderr.count("not looked at") == 6
    assert {line.split(": ")[1].split()[0] for line in said.stdout.splitlines()} >= {"LK002"}
