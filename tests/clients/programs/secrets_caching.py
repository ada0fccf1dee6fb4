"""Read a secret twice through AWS's caching library, then once more after its value changed."""

import json
import time

import boto3
from aws_secretsmanager_caching import SecretCache, SecretCacheConfig

client = boto3.client("secretsmanager")
asked = []
client.meta.events.register("before-call", lambda model, **_: asked.append(model.name))
cache = SecretCache(config=SecretCacheConfig(secret_refresh_interval=1), client=client)
kept = SecretCache(config=SecretCacheConfig(), client=client)
first = [kept.get_secret_string("cached/text"), kept.get_secret_string("cached/text")]
calls = list(asked)
binary = kept.get_secret_binary("cached/bytes").hex()
before = cache.get_secret_string("cached/text")
boto3.client("secretsmanager").put_secret_value(SecretId="cached/text", SecretString="second")
deadline = time.monotonic() + 10
while (after := cache.get_secret_string("cached/text")) != "second":
    if time.monotonic() > deadline:
        break
    time.sleep(0.1)
old = cache.get_secret_string("cached/text", version_stage="AWSPREVIOUS")
print(
    json.dumps(
        {
            "first": first,
            "calls": calls,
            "binary": binary,
            "before": before,
            "after": after,
            "old": old,
        }
    )
)
