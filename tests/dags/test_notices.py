"""Notices name the day, the step and the next thing to do; they reach a place, and keep its secret."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace

import pytest

from dags import notices


@pytest.fixture
def endpoint():
    """A local web hook that keeps what it gets."""
    got = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args):
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield SimpleNamespace(port=server.server_port, got=got)
    server.shutdown()
    thread.join(5)
    server.server_close()


def test_a_failure_names_the_day_the_step_and_what_to_do():
    text = notices.failure("voc_daily", "texts", "2026-11-20", 4, "disk full", part="part 2")
    assert (
        text.splitlines()[0]
        == "wanqiu: texts (part 2) of 2026-11-20 failed in voc_daily after 4 tries: disk full"
    )
    assert text.splitlines()[1].startswith("next: voc status, then clear the task")
    assert "voc check" in notices.failure("voc_daily", "land", None, 1, "no such folder")


def test_a_late_day_is_told_of(caplog):
    context = {
        "dag_run": {"dag_id": "voc_daily", "partition_key": "2026-11-20"},
        "deadline": {"deadline_time": "2026-11-21 02:00"},
    }
    with caplog.at_level(logging.ERROR):
        asyncio.run(notices.late(context))
    assert "2026-11-20 not published by 2026-11-21 02:00 (voc_daily)" in caplog.text
    assert "next: " in caplog.text


def test_a_notice_reaches_its_place(endpoint, monkeypatch):
    monkeypatch.setenv("VOC_NOTIFY", f"json://127.0.0.1:{endpoint.port}/hook")
    notices.tell(notices.silence("2026-11-20", "2026-11-18"))
    ((path, body),) = endpoint.got
    assert path == "/hook"
    assert body["title"].endswith("nothing has landed for 2026-11-20; the last day with data is 2026-11-18")
    assert body["message"].startswith("next: look after the export")


def test_what_cannot_be_sent_is_logged_without_its_secret(monkeypatch, caplog):
    monkeypatch.setenv("VOC_NOTIFY", "json://user:s3cret@127.0.0.1:9/hook nonsense")
    with caplog.at_level(logging.ERROR, logger="wanqiu"):
        notices.tell("wanqiu: x\nnext: y")
    assert "was not delivered" in caplog.text
    assert not [r for r in caplog.records if r.name.startswith("wanqiu") and "s3cret" in r.getMessage()]
