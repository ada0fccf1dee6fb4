"""The Serverless Framework 3 with serverless-localstack, both unmodified."""

from __future__ import annotations

import pytest

from clients.serverless_project import PLUGIN, Project, live_through_it

pytestmark = [pytest.mark.clients, pytest.mark.slow]


def test_the_walk_through_with_serverless_3(tmp_path, running):
    project = Project("serverless", tmp_path, running)
    with (project.home / "serverless.yml").open("a") as text:
        text.write(PLUGIN)
    live_through_it(project, running)
