"""A person's way through the pages in a real Chromium: nothing leaves the machine, nothing fails, nothing runs that customers wrote."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from dashboards.words import Words
from tests.dashboards.published import write_published
from tests.support import new_workspace
from warehouse.decisions import decisions
from warehouse.store import Store

CHROMIUM = "/usr/bin/chromium"
ZH, EN = Words("zh"), Words("en")
HERE = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"{CHROMIUM} is not there")
# On a page that is opened by its own address Streamlit first asks for its files below that address, then above.
KNOWN = re.compile(r"/[a-z]+/_stcore/(health|host-config)$")


@dataclass
class Server:
    home: Path
    url: str


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Server]:
    home = new_workspace(tmp_path_factory.mktemp("browser") / "workspace")
    (home / "published").mkdir()
    file = write_published(home / "published" / "voc-000001.duckdb")
    (home / "published" / "voc.duckdb").symlink_to(file.name)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    code = (
        "import sys; from pathlib import Path; from dags.commands.dashboard import serve; from warehouse.workspace import Workspace;"
        "serve(Workspace.open(Path(sys.argv[1])), int(sys.argv[2]), browser=False)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(home), str(port)], cwd=HERE)
    url = f"http://127.0.0.1:{port}"
    for _ in range(150):
        try:
            with urlopen(f"{url}/_stcore/health", timeout=1) as answer:  # noqa: S310  our own address
                if answer.status == 200:
                    break
        except OSError:
            time.sleep(0.2)
    yield Server(home, url)
    process.terminate()
    process.wait(20)


@dataclass
class Seen:
    outside: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@pytest.fixture
def person(server) -> Iterator[tuple[Any, Seen]]:
    """A browser page and what went wrong in it."""
    from playwright.sync_api import sync_playwright

    seen = Seen()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(
            viewport={"width": 1360, "height": 900}, locale="zh-CN", timezone_id="America/Los_Angeles"
        )
        page = context.new_page()
        page.set_default_timeout(20_000)
        local = (server.url, server.url.replace("http", "ws"), "data:", "blob:")
        page.on("request", lambda r: None if r.url.startswith(local) else seen.outside.append(r.url))
        page.on(
            "response",
            lambda r: seen.failed.append(r.url) if r.status >= 400 and not KNOWN.search(r.url) else None,
        )
        page.on("pageerror", lambda error: seen.errors.append(str(error)))
        page.on(
            "console",
            lambda m: (
                seen.errors.append(m.text)
                if m.type == "error" and "Failed to load resource" not in m.text
                else None
            ),
        )
        yield page, seen
        browser.close()
    assert seen.outside == []
    assert seen.failed == []
    assert seen.errors == []


def settle(page: Any) -> None:
    """Wait until the page is drawn."""
    page.wait_for_timeout(250)
    page.wait_for_function(
        "() => !document.querySelector('[data-testid=stStatusWidget]') && !document.querySelector('[data-stale=true]')"
    )
    page.wait_for_timeout(150)


def test_from_the_first_page_to_a_customers_words_and_back(server, person):
    page, _ = person
    page.goto(server.url)
    page.get_by_role("heading", name=ZH("today.title")).wait_for()
    settle(page)
    # Today says which step is worst, why, and since when.
    page.get_by_text("产品1 · 环节1-2").first.wait_for()
    page.get_by_text("自 11月9日 起突出").first.wait_for()
    # … → Journey → obstacle
    page.get_by_role("link", name=ZH("nav.journey")).click()
    page.get_by_role("heading", name=ZH("journey.title")).wait_for()
    settle(page)
    assert "period=7" in page.url
    page.get_by_role("button", name=ZH("journey.open")).nth(1).click()
    page.get_by_role("heading", name=ZH("obstacles.title")).wait_for()
    settle(page)
    assert "product=p1" in page.url
    assert "step=s2" in page.url
    canvas = page.locator("[data-testid=stDataFrame] canvas").first
    canvas.wait_for()
    box = canvas.bounding_box()
    page.mouse.click(box["x"] + 20, box["y"] + 52)  # the box of the first row
    page.get_by_role("heading", name=ZH("obstacle.trend")).wait_for()
    settle(page)
    assert "obstacle=" in page.url
    # → conversation
    page.get_by_role("button", name=ZH("conversation.open")).first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("您好，<b>我来</b>看看").wait_for()
    settle(page)
    # → correct its step
    dialog.get_by_text(ZH("correct.title")).click()
    page.wait_for_timeout(800)  # it unfolds
    dialog.get_by_role("combobox", name=ZH("correct.step")).click()
    page.get_by_role("option", name="产品2 · 环节2-1").click()
    dialog.get_by_label(ZH("decide.by")).fill("王芳")
    dialog.get_by_role("button", name=ZH("decide.save")).click()
    dialog.get_by_text(ZH("decide.done")).wait_for()
    written = decisions(Store(server.home / "store", server.home / "raw")).row(0, named=True)
    assert (written["kind"], written["by"]) == ("correct", "王芳")
    assert '"product": "p2"' in written["value"]
    # → back
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    settle(page)
    assert "inquiry=" not in page.url
    page.get_by_role("button", name=ZH("obstacles.back")).click()
    page.get_by_role("heading", name=ZH("obstacles.title")).wait_for()
    settle(page)
    page.go_back()
    page.get_by_role("heading", name=ZH("obstacle.trend")).wait_for()
    assert page.title() != "hacked"


def test_filters_and_language_live_in_the_link(server, person):
    page, _ = person
    page.goto(server.url)
    page.get_by_role("heading", name=ZH("today.title")).wait_for()
    settle(page)
    page.get_by_role("combobox", name=ZH("filter.product")).click()
    page.get_by_role("option", name="产品2").click()
    page.wait_for_url("**product=p2**")
    page.get_by_role("combobox", name=ZH("filter.period")).click()
    page.get_by_role("option", name=ZH("period.28")).click()
    page.wait_for_url("**period=28**")
    page.get_by_role("radio", name="English").or_(page.get_by_role("button", name="English")).first.click()
    page.get_by_role("heading", name=EN("today.title")).wait_for()
    settle(page)
    link = page.url
    assert "lang=en" in link
    # They hold on another page …
    page.get_by_role("link", name=EN("nav.feelings")).click()
    page.get_by_role("heading", name=EN("feelings.title"), exact=True).wait_for()
    settle(page)
    for part in ("product=p2", "period=28", "lang=en"):
        assert part in page.url
    # … going back goes back …
    page.go_back()
    page.get_by_role("heading", name=EN("today.title")).wait_for()
    # … and another person sees the same by the link.
    other = page.context.new_page()
    other.goto(link)
    other.get_by_role("heading", name=EN("today.title")).wait_for()
    other.get_by_text("Product 2").first.wait_for()
    other.get_by_text("28 days").first.wait_for()
    other.close()


def test_customers_markup_does_nothing(server, person):
    page, seen = person
    for path in ("search?period=28", "topics?topic=t1", "data", "feelings"):
        page.goto(f"{server.url}/{path}")
        page.locator(".voc-title").wait_for()
        settle(page)
        assert page.title() != "hacked"
        assert page.locator("a[href*='evil.example']").count() == 0
        assert (
            page.locator(
                "img[src*='evil'], .voc-quote script, .voc-quote img, .voc-quote a, .voc-quote strong"
            ).count()
            == 0
        )
    assert seen.outside == []


def test_chinese_is_drawn_and_not_as_boxes(server, person):
    """Each character has a shape of its own; missing ones would all look the same."""
    page, _ = person
    page.goto(server.url)
    page.locator(".voc-title").wait_for()
    shapes = page.evaluate(
        """() => [...'万求率障碍客户说\\u{10ffff}'].map(letter => {
            const canvas = document.createElement('canvas'); canvas.width = canvas.height = 48;
            const draw = canvas.getContext('2d');
            draw.font = '32px ' + getComputedStyle(document.querySelector('.voc-title')).fontFamily;
            draw.fillText(letter, 4, 38);
            return canvas.toDataURL();
        })"""
    )
    assert len(set(shapes)) == len(shapes)


@pytest.mark.parametrize(
    ("theme", "width"),
    [
        ("light", 390),
        ("dark", 1360),
        pytest.param("light", 1360, marks=pytest.mark.heavy),
        pytest.param("dark", 390, marks=pytest.mark.heavy),
    ],
)
def test_nothing_is_wider_than_the_screen(server, person, theme, width):
    page, _ = person
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 900})
    for path in ("", "journey", "obstacles"):
        page.goto(f"{server.url}/{path}")
        page.locator(".voc-title").wait_for()
        settle(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        ground = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
        assert ground == ("rgb(255, 255, 255)" if theme == "light" else "rgb(17, 19, 24)")
