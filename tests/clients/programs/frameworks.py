"""The recipes of the page PAGE, as written there, in the frameworks that they are for."""

import asyncio
import json
import os
import re
import sys
import tempfile
from pathlib import Path

BLOCK = re.compile(r"^```python\n# (\S+\.py)\n(.*?)^```", re.MULTILINE | re.DOTALL)

home = Path(tempfile.mkdtemp())
for name, text in BLOCK.findall(Path(os.environ["PAGE"]).read_text()):
    (home / name).parent.mkdir(exist_ok=True)
    (home / name).write_text(text)
sys.path.insert(0, str(home))

answers = {}

import pydantic_recipe  # noqa: E402

settings = pydantic_recipe.Settings()
answers["pydantic"] = [settings.db_password.get_secret_value(), settings.port, repr(settings)]

import fastapi_recipe  # noqa: E402
import httpx  # noqa: E402


async def ask():
    transport = httpx.ASGITransport(app=fastapi_recipe.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
        return (await client.get("/health")).json()


answers["fastapi"] = asyncio.run(ask())

import flask_recipe  # noqa: E402

app = flask_recipe.create_app()
answers["flask"] = [app.test_client().get("/health").json, app.secret_key]

import django  # noqa: E402

os.environ["DJANGO_SETTINGS_MODULE"] = "django_recipe"
django.setup()
from django.conf import settings as django_settings  # noqa: E402
from django.db import connection  # noqa: E402

with connection.cursor() as cursor:
    cursor.execute("SELECT 1")
    answers["django"] = [
        django_settings.SECRET_KEY,
        connection.settings_dict["PASSWORD"],
        cursor.fetchone()[0],
    ]

print(json.dumps(answers))
