"""osls 4, unmodified and without a plugin; the project as it is."""

from __future__ import annotations

import pytest

from clients.serverless_project import Project, live_through_it

pytestmark = [pytest.mark.clients, pytest.mark.slow]


def test_the_walk_through_with_osls_4(tmp_path, running):
    live_through_it(Project("osls", tmp_path, running), running)
