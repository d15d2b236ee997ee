"""Fixtures that more than one kind of test uses."""

from __future__ import annotations

import os
import shutil

import pytest

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory):
    """A sample workspace of 15 days, run once a session. Tests read it; those that write take `demo_copy`."""
    from tests.support import pipeline
    from warehouse.demo import write_demo_workspace

    home = tmp_path_factory.mktemp("demo") / "workspace"
    write_demo_workspace(home, days=15, inquiries=1500)
    pipeline(home).run()
    return home


@pytest.fixture
def demo_copy(demo_home, tmp_path):
    """A copy of the sample workspace, to be changed; its published file still names the original's files."""
    home = tmp_path / "workspace"
    shutil.copytree(demo_home, home, symlinks=True)
    return home
