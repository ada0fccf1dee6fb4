"""Many who write at once, and a server that is killed while they do."""

import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from running import Running

pytestmark = pytest.mark.slow
WRITERS = 8


@pytest.fixture
def server(tmp_path):
    made = Running(tmp_path / "data")
    yield made
    made.stop()


def versions(client):
    """The labels of every version of the secret, by id."""
    found, more = {}, {}
    while True:
        page = client.list_secret_version_ids(SecretId="s", IncludeDeprecated=True, **more)
        for each in page["Versions"]:
            assert each["VersionId"] not in found
            found[each["VersionId"]] = each.get("VersionStages", [])
        if "NextToken" not in page:
            return found
        more = {"NextToken": page["NextToken"]}


WRITER = """
import sys, uuid, boto3
endpoint, key, secret, writer = sys.argv[1:]
client = boto3.client("secretsmanager", endpoint_url=endpoint, region_name="us-east-1",
                      aws_access_key_id=key, aws_secret_access_key=secret)
for n in range(25):
    token = str(uuid.uuid4())
    for _ in range(2):  # each request is sent twice, as by a client that lost the answer
        value = f"{writer}.{n}"
        client.put_secret_value(SecretId="s", SecretString=value, ClientRequestToken=token)
    print(token)
"""


def test_processes_lose_no_version_and_make_none_twice(server):
    server.client("secretsmanager").create_secret(Name="s", SecretString="first")
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, server.endpoint, *server.credentials(), str(writer)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for writer in range(WRITERS)
    ]
    written = [token for one in writers for token in one.communicate()[0].split()]
    assert WRITERS * 25 == len(set(written))
    client = server.client("secretsmanager")
    found = versions(client)
    assert len(found) == len(written) + 1
    assert set(written) < set(found)
    labels = [label for labeled in found.values() for label in labeled]
    assert sorted(labels) == ["AWSCURRENT", "AWSPREVIOUS"]
    assert client.get_secret_value(SecretId="s")["VersionId"] in written


def test_one_token_from_many_writers_makes_one_version(server):
    server.client("secretsmanager").create_secret(Name="s", SecretString="first")
    token = str(uuid.uuid4())

    def write(_writer):
        client = server.client("secretsmanager")
        for _ in range(20):
            client.put_secret_value(SecretId="s", SecretString="same", ClientRequestToken=token)

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    assert len(versions(server.client("secretsmanager"))) == 2


def test_what_was_answered_is_there_after_a_kill(server):
    server.client("secretsmanager").create_secret(Name="s", SecretString="first")

    def write(_writer):
        client = server.client("secretsmanager")
        done = []
        for _ in range(1_000):
            token = str(uuid.uuid4())
            try:
                client.put_secret_value(SecretId="s", SecretString=token, ClientRequestToken=token)
            except (BotoCoreError, ClientError):
                break
            done.append(token)
            if len(done) == 15:
                server.process.kill()
        return done

    with ThreadPoolExecutor(WRITERS) as pool:
        answered = [token for done in pool.map(write, range(WRITERS)) for token in done]
    server.kill()
    server.start()
    client = server.client("secretsmanager")
    found = versions(client)
    assert set(answered) <= set(found)
    labels = [label for labeled in found.values() for label in labeled]
    assert sorted(labels) == ["AWSCURRENT", "AWSPREVIOUS"]
    for token in answered[:: max(1, len(answered) // 20)]:
        assert client.get_secret_value(SecretId="s", VersionId=token)["SecretString"] == token
