"""No value in the trail, the log, or the database, whichever operation carried it."""

import json
import logging
from pathlib import Path

import pytest

from world import World


def test_values_stay_where_they_belong(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="lodekey")
    ssm = world.client("ssm")
    for name, type_, tier in (
        ("/s/plain", "String", "Standard"),
        ("/s/list", "StringList", "Standard"),
        ("/s/secure", "SecureString", "Standard"),
        ("/s/advanced", "SecureString", "Advanced"),
    ):
        ssm.put_parameter(Name=name, Value=world.sentinel, Type=type_, Tier=tier)
        ssm.put_parameter(Name=name, Value=world.sentinel + "2", Overwrite=True)
        ssm.get_parameter(Name=name, WithDecryption=True)
        ssm.get_parameter_history(Name=name, WithDecryption=True)
    ssm.get_parameters(Names=["/s/plain", "/s/secure"], WithDecryption=True)
    ssm.get_parameters_by_path(Path="/s", WithDecryption=True)
    with pytest.raises(ssm.exceptions.ParameterPatternMismatchException):
        ssm.put_parameter(Name="/s/x", Value=world.sentinel, Type="String", AllowedPattern=r"^\d+$")
    with pytest.raises(ssm.exceptions.ClientError):
        ssm.put_parameter(Name="/s/x", Value=world.sentinel * 200, Type="String")
    with pytest.raises(ssm.exceptions.ClientError):
        ssm.put_parameter(Name="/s/x", Value=world.sentinel, Type="String", DataType="integer")
    events = world.events()
    names = {event["eventName"] for event in events}
    assert {"PutParameter", "GetParametersByPath", "Encrypt", "Decrypt", "GenerateDataKey"} <= names
    assert world.sentinel not in json.dumps(events, default=str)
    assert world.sentinel not in caplog.text
    for path in Path(world.data).rglob("*"):
        if path.is_file():
            assert world.sentinel.encode() not in path.read_bytes(), path


def test_the_trail_tells_of_both_calls(world: World) -> None:
    ssm = world.client("ssm")
    ssm.put_parameter(Name="/s", Value="v", Type="SecureString")
    ssm.get_parameter(Name="/s", WithDecryption=True)
    decrypt, get = world.events()[-2:]
    assert (get["eventName"], decrypt["eventName"]) == ("GetParameter", "Decrypt")
    assert decrypt["sourceIPAddress"] == "ssm.amazonaws.com"
    assert decrypt["requestParameters"]["encryptionContext"] == {
        "PARAMETER_ARN": "arn:aws:ssm:us-east-1:111122223333:parameter/s"
    }
    assert get["requestParameters"] == {"name": "/s", "withDecryption": True}
