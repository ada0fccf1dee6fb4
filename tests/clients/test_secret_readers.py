"""Libraries that read secrets, unmodified."""

import json

import pytest

pytestmark = [pytest.mark.clients, pytest.mark.slow]


def test_the_caching_library(running, program):
    secrets = running.client("secretsmanager")
    secrets.create_secret(Name="cached/text", SecretString="first")
    secrets.create_secret(Name="cached/bytes", SecretBinary=b"\x00\xff")
    read = program("secrets_caching")
    assert read["first"] == ["first", "first"]
    assert read["calls"] == ["DescribeSecret", "GetSecretValue"]
    assert read["binary"] == "00ff"
    assert (read["before"], read["after"], read["old"]) == ("first", "second", "first")


def test_pydantic_settings(running, program):
    settings = {"user": "app", "password": "pässword", "port": 5432}
    running.client("secretsmanager").create_secret(
        Name="settings/app", SecretString=json.dumps(settings)
    )
    assert settings == program("pydantic_source")


def test_airflows_backends(running, program, tmp_path):
    secrets, parameters = running.client("secretsmanager"), running.client("ssm")
    connection = {"user": "app", "password": "pw", "host": "db", "port": "5432"}
    secrets.create_secret(Name="airflow/connections/db", SecretString=json.dumps(connection))
    secrets.create_secret(Name="airflow/variables/hello", SecretString="world")
    secrets.create_secret(Name="airflow/config/sql_alchemy_conn_value", SecretString="sqlite://")
    for name, value in (("connections/db", "postgres://app:pw@db/x"), ("variables/hello", "world")):
        parameters.put_parameter(Name=f"/airflow/{name}", Value=value, Type="SecureString")
    home = {"AIRFLOW_HOME": str(tmp_path), "AIRFLOW__CORE__UNIT_TEST_MODE": "False"}
    read = program("airflow_backends", needs="clients-airflow", **home)
    assert read["connection"]["login"] == "app"
    assert read["connection"]["password"] == "pw"
    assert (read["variable"], read["config"], read["missing"]) == ("world", "sqlite://", None)
    assert read["stored connection"] == "postgres://app:pw@db/x"
    assert (read["stored variable"], read["stored missing"]) == ("world", None)


def test_ansibles_lookups(running, program, tmp_path):
    secrets = running.client("secretsmanager")
    secrets.create_secret(Name="ansible/one", SecretString="first")
    secrets.put_secret_value(SecretId="ansible/one", SecretString="second")
    secrets.create_secret(Name="ansible/json", SecretString='{"user": {"name": "app"}}')
    secrets.create_secret(Name="marked", SecretString="x")
    secrets.delete_secret(SecretId="marked")
    running.client("ssm").put_parameter(Name="/ansible/parameter", Value="p", Type="SecureString")
    read = program("ansible_lookups", needs="clients-ansible", HOME=str(tmp_path))
    assert (read["secret"], read["previous"]) == ("second", "first")
    assert (read["nested"], read["parameter"]) == ("app", "p")
    assert read["by path"] == {"ansible/one": "second", "ansible/json": '{"user": {"name": "app"}}'}
    assert not read["missing"]
    assert not read["deleted"]
