"""Tiers: which one a parameter gets, and the limits of each."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from lodekey.services.ssm.tiers import COUNTS, Count
from world import ACCOUNT, REGION, World

NEVER = '[{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2099-01-01T00:00:00Z"}}]'


def put(world: World, **request: Any) -> str:
    ssm = world.client("ssm")
    given = {"Name": "/p", "Value": "v", "Type": "String", "Overwrite": True, **request}
    return str(ssm.put_parameter(**given)["Tier"])


def error(world: World, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        put(world, **request)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def test_intelligent_tiering(world: World) -> None:
    assert put(world, Tier="Intelligent-Tiering") == "Standard"
    assert put(world, Tier="Intelligent-Tiering", Value="x" * 4097) == "Advanced"
    assert put(world, Tier="Intelligent-Tiering", Value="x") == "Advanced"
    assert put(world, Name="/q", Tier="Intelligent-Tiering", Policies=NEVER) == "Advanced"
    assert put(world, Name="/r", Tier="Intelligent-Tiering", Value="{}", DataType="json") == (
        "Advanced"
    )


def test_no_way_down(world: World) -> None:
    assert put(world, Tier="Advanced") == "Advanced"
    assert put(world) == "Advanced"
    assert error(world, Tier="Standard") == (
        "ValidationException",
        "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the "
        "advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the "
        "advanced parameter and recreate it as a standard parameter. Be sure to back up the "
        "parameter value before you delete it.",
    )


def test_upgrade_keeps_older_versions_readable(world: World) -> None:
    ssm = world.client("ssm")
    put(world, Type="SecureString", Value="old")
    put(world, Type="SecureString", Value="new", Tier="Advanced")
    for name, expected in (("/p:1", "old"), ("/p:2", "new"), ("/p", "new")):
        got = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
        assert got["Value"] == expected
    tiers = [one["Tier"] for one in ssm.get_parameter_history(Name="/p")["Parameters"]]
    assert tiers == ["Standard", "Advanced"]


def test_limit(world: World) -> None:
    with world.gate.store.transaction(write=True) as tx:
        COUNTS.put(tx, ACCOUNT, REGION, record=Count(standard=9_999, advanced=99_999))
    put(world, Name="/s")
    assert error(world, Name="/t")[0] == "ParameterLimitExceeded"
    assert put(world, Name="/t", Tier="Intelligent-Tiering") == "Advanced"
    assert error(world, Name="/u", Tier="Advanced")[0] == "ParameterLimitExceeded"
    # What is there may still change.
    put(world, Name="/s", Value="w")
    world.client("ssm").delete_parameter(Name="/s")
    put(world, Name="/u")


def test_default_tier(world: World) -> None:
    ssm = world.client("ssm")
    name = "/ssm/parameter-store/default-parameter-tier"
    got = ssm.get_service_setting(SettingId=name)["ServiceSetting"]
    assert (got["SettingValue"], got["Status"]) == ("Standard", "Default")
    arn = f"arn:aws:ssm:{REGION}:{ACCOUNT}:servicesetting{name}"
    ssm.update_service_setting(SettingId=arn, SettingValue="Advanced")
    got = ssm.get_service_setting(SettingId=name)["ServiceSetting"]
    assert (got["SettingValue"], got["Status"]) == ("Advanced", "Customized")
    assert got["ARN"] == arn
    assert got["LastModifiedUser"] == world.root.arn
    assert put(world, Name="/a") == "Advanced"
    ssm.reset_service_setting(SettingId=name)
    assert put(world, Name="/b") == "Standard"
    for request, code in (
        ({"SettingId": name, "SettingValue": "Best"}, "ValidationException"),
        (
            {"SettingId": "/ssm/managed-instance/activation-tier", "SettingValue": "advanced"},
            "ServiceSettingNotFound",
        ),
    ):
        with pytest.raises(ClientError) as caught:
            ssm.update_service_setting(**request)
        assert caught.value.response["Error"]["Code"] == code
