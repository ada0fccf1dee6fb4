"""Packages from buckets, and records in buckets."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from services.lambda_.packaging import LOGS, TRUST, archive
from world import World, allow

BUCKET = "packages-of-functions"
FAILS = "def handler(event, context):\n    raise RuntimeError('never')\n"


@pytest.fixture
def s3(world: World):
    client = world.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


def create(world, role, *, as_=None, key="f.zip", name="f", **more):
    return world.client("lambda", as_=as_).create_function(
        FunctionName=name,
        Runtime="python3.12",
        Handler="h.handler",
        Role=role,
        **{"Code": {"S3Bucket": BUCKET, "S3Key": key}, **more},
    )


def message_of(error):
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def test_a_package_comes_from_a_bucket(world, s3):
    role = world.role("fn", TRUST, [LOGS])
    package = archive({"h.py": "def handler(event, context):\n    return 7\n"})
    s3.put_object(Bucket=BUCKET, Key="f.zip", Body=package)
    made = create(world, role)
    assert len(package) == made["CodeSize"]
    client = world.client("lambda")
    assert b"7" == client.invoke(FunctionName="f")["Payload"].read()
    other = archive({"h.py": "def handler(event, context):\n    return 8\n"})
    s3.put_object(Bucket=BUCKET, Key="g.zip", Body=other)
    client.update_function_code(FunctionName="f", S3Bucket=BUCKET, S3Key="g.zip")
    assert b"8" == client.invoke(FunctionName="f")["Payload"].read()
    layer = client.publish_layer_version(
        LayerName="l", Content={"S3Bucket": BUCKET, "S3Key": "f.zip"}
    )
    assert made["CodeSha256"] == layer["Content"]["CodeSha256"]


def test_it_is_read_as_the_caller(world, s3):
    role = world.role("fn", TRUST, [LOGS])
    s3.put_object(Bucket=BUCKET, Key="f.zip", Body=archive({"h.py": "x = 1\n"}))
    lambdas = allow("lambda:*", "iam:PassRole")
    without = world.user("without", lambdas)
    reads = allow("s3:GetObject", resource=f"arn:aws:s3:::{BUCKET}/*")
    with_ = world.user("with", [lambdas, reads])
    with pytest.raises(ClientError) as error:
        create(world, role, as_=without)
    code, message = message_of(error)
    assert "InvalidParameterValueException" == code
    assert "Error occurred while GetObject. S3 Error Code: AccessDenied." in message
    create(world, role, as_=with_)


@pytest.mark.parametrize("key", ["nowhere.zip", "text.zip"])
def test_what_is_no_package(world, s3, key):
    role = world.role("fn", TRUST, [LOGS])
    s3.put_object(Bucket=BUCKET, Key="text.zip", Body=b"no zip")
    with pytest.raises(ClientError) as error:
        create(world, role, key=key)
    code, message = message_of(error)
    assert "InvalidParameterValueException" == code
    expected = {
        "nowhere.zip": "S3 Error Code: NoSuchKey",
        "text.zip": "Could not unzip uploaded file",
    }
    assert expected[key] in message


@pytest.mark.slow
def test_a_record_goes_into_a_bucket(world, s3):
    puts = allow("s3:PutObject", resource=f"arn:aws:s3:::{BUCKET}/*")
    role = world.role("fn", TRUST, [LOGS, puts])
    create(world, role, Code={"ZipFile": archive({"h.py": FAILS})})
    client = world.client("lambda")
    client.put_function_event_invoke_config(
        FunctionName="f",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": f"arn:aws:s3:::{BUCKET}"}},
    )
    client.invoke(FunctionName="f", InvocationType="Event", Payload=b'{"x": 1}')
    world.run(world.settle())
    (found,) = s3.list_objects_v2(Bucket=BUCKET, Prefix="aws/lambda/async/f/")["Contents"]
    record = json.loads(s3.get_object(Bucket=BUCKET, Key=found["Key"])["Body"].read())
    assert ("RetriesExhausted", {"x": 1}) == (
        record["requestContext"]["condition"],
        record["requestPayload"],
    )
