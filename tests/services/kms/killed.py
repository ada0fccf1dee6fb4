"""A story of keys that is killed at its n-th statement; run as a process of its own.

``python -m services.kms.killed DATA N`` tells what was acknowledged, one JSON line each, until it
kills itself right before the N-th statement that its writer gives to the database. With 0 it lives
to the end and tells how many statements there were.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from services.kms.test_import import Importer
from world import World

DAY = 86_400
WEST = "us-west-2"


def told(**fact: Any) -> None:
    """Say what was acknowledged."""
    print(json.dumps(fact), flush=True)


def kill_at(world: World, number: int) -> list[int]:
    """Kill this process right before the writer's statement *number*; the count so far."""
    count = [0]

    def trace(*_: Any) -> bool:
        count[0] += 1
        if count[0] == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return True

    world.house.store._writer.exec_trace = trace
    return count


def seal(kms: Any, key: str) -> None:
    """Seal something, and tell how it is opened."""
    blob = kms.encrypt(KeyId=key, Plaintext=b"kept")["CiphertextBlob"]
    told(opens=blob.hex(), key=key)


def live(world: World) -> None:
    """Rotate, import, replicate, move, delete."""
    kms, west = world.client("kms"), world.client("kms", region=WEST)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    told(made=key)
    seal(kms, key)
    kms.rotate_key_on_demand(KeyId=key)
    told(rotated=key)
    seal(kms, key)
    bring, secret = Importer(kms), os.urandom(32)
    external = bring.new()
    told(made=external)
    bring(external, secret)
    told(imported=external, secret=secret.hex())
    seal(kms, external)
    kms.delete_imported_key_material(KeyId=external)
    told(emptied=external)
    bring(external, secret)
    told(imported=external, secret=secret.hex())
    related = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    told(made=related)
    kms.replicate_key(KeyId=related, ReplicaRegion=WEST)
    told(family=related)
    seal(kms, related)
    kms.rotate_key_on_demand(KeyId=related)
    seal(west, related)
    kms.update_primary_region(KeyId=related, PrimaryRegion=WEST)
    told(primary=related, region=WEST)
    doomed = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/doomed", TargetKeyId=doomed)
    kms.schedule_key_deletion(KeyId=doomed, PendingWindowInDays=7)
    told(doomed=doomed)
    world.clock.advance(8 * DAY)
    world.run_jobs()
    told(deleted=doomed)


def main() -> None:
    """Tell the story."""
    data, number = Path(sys.argv[1]), int(sys.argv[2])
    world = World(data / "house")
    (data / "root.json").write_text(json.dumps(world.root))
    count = kill_at(world, number)
    live(world)
    told(statements=count[0])
    world.close()


if __name__ == "__main__":
    main()
