"""What becomes of a request whose body nobody took in."""

from __future__ import annotations

import hashlib
from pathlib import Path

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest

from lodekey.app.incoming import Arriving, Bounds, Flow, Intakes
from lodekey.errors import ApiError, ThrottlingException
from lodekey.wire.http import HttpRequest, HttpResponse, Incoming
from world import Identity, World, allow

BODY = b"never seen" * 1000


def put(who: Identity, path: str = "/bucket/key") -> HttpRequest:
    """A signed head of a PUT, whose body has not come."""
    request = botocore.awsrequest.AWSRequest(
        "PUT",
        f"http://127.0.0.1:4566{path}",
        headers={
            "host": "127.0.0.1:4566",
            "x-amz-content-sha256": hashlib.sha256(BODY).hexdigest(),
            "content-length": str(len(BODY)),
        },
    )
    credentials = botocore.credentials.Credentials(who.access_key_id, who.secret)
    signer = botocore.auth.S3SigV4Auth(credentials, "s3", "us-east-1")
    signer.payload = lambda _: hashlib.sha256(BODY).hexdigest()
    signer.add_auth(request)
    headers = {name.lower(): value for name, value in request.headers.items()}
    return HttpRequest("PUT", path, "", headers, Incoming())


def ask(world: World, http: HttpRequest) -> tuple[int, str]:
    answer: HttpResponse = world.handle(http)
    return answer.status, answer.body.decode().partition("<Code>")[2].partition("<")[0]


def test_a_body_that_was_not_read_is_no_empty_object(world: World) -> None:
    s3 = world.client("s3")
    s3.create_bucket(Bucket="bucket")
    assert (503, "SlowDown") == ask(world, put(world.root))
    assert "Contents" not in s3.list_objects_v2(Bucket="bucket")
    # the control: a body of no bytes, that is one
    http = put(world.root)
    assert 200 == world.handle(http._replace(body=BODY)).status


def test_who_is_refused_by_the_head_alone_stands_in_the_trail(world: World) -> None:
    world.client("s3").create_bucket(Bucket="bucket")
    reader = world.user("reader", allow("s3:GetObject"))
    assert (403, "AccessDenied") == ask(world, put(reader))
    last = [event for event in world.events() if event["eventName"] == "PutObject"][-1]
    assert "AccessDenied" == last["errorCode"]
    assert reader.arn == last["userIdentity"]["arn"]


def test_other_operations_take_no_long_bodies(world: World) -> None:
    world.client("s3").create_bucket(Bucket="bucket")
    assert not take(world, put(world.root, "/bucket"), Bounds())[0]
    assert take(world, put(world.root), Bounds())[0]


@pytest.mark.parametrize(
    ("bounds", "wanted"),
    [
        (Bounds(), True),
        (Bounds(bodies=0), False),
        (Bounds(disk=len(BODY)), True),
        (Bounds(disk=len(BODY) - 1), False),
        (Bounds(spare=1 << 60), False),
    ],
)
def test_bounds(world: World, bounds: Bounds, wanted: bool) -> None:
    world.client("s3").create_bucket(Bucket="bucket")
    taken, is_wanted, refusal = take(world, put(world.root), bounds)
    assert (True, wanted) == (taken, is_wanted)
    assert wanted == (not isinstance(refusal, ThrottlingException))


def take(
    world: World, http: HttpRequest, bounds: Bounds
) -> tuple[bool, bool, Exception | ApiError | None]:
    """Whether a body is taken in, whether it is wanted, and why not."""
    intakes = Intakes(world.gate, Path(world.data), bounds)

    async def begin() -> Incoming | None:
        body = intakes.take(http, len(BODY), Flow(lambda _: None, lambda: None))
        if body is not None and body.wanted:
            body.drop()
            body.wanted = True
        return body

    body = world.run(begin())
    intakes.close()
    if body is None:
        return False, False, None
    assert isinstance(body, Arriving)
    return True, body.wanted, body.refusal
