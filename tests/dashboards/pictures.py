"""Pictures of all pages and of the report, for people to look at: `python -m tests.dashboards.pictures WORKSPACE [FOLDER]`.

`--report` takes those of the report alone.
"""

from __future__ import annotations

import argparse
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.request import urlopen

PAGES = ("today", "journey", "obstacles", "topics", "feelings", "search", "data", "sql")
CHROMIUM = "/usr/bin/chromium"
ROOT = Path(__file__).parents[2]


def settle(page: Any) -> None:
    """Wait until a page is drawn."""
    page.locator(".voc-title, .voc-empty").first.wait_for()
    page.wait_for_timeout(400)
    page.wait_for_function(
        "() => !document.querySelector('[data-testid=stStatusWidget]') && !document.querySelector('[data-stale=true]')"
    )
    page.wait_for_timeout(900)


def picture(page: Any, url: str, path: Path, width: int) -> None:
    """One page, as high as it is."""
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(url)
    settle(page)
    height = page.evaluate("document.querySelector('.stMainBlockContainer').scrollHeight")
    page.set_viewport_size({"width": width, "height": min(int(height), 2600)})
    page.wait_for_timeout(900)
    page.screenshot(path=str(path))


def reports(workspace: Path, folder: Path) -> None:
    """The report of the last day: in both languages, in the dark, on a phone."""
    from playwright.sync_api import sync_playwright

    from dashboards.report import write_report

    looks = (
        ("zh", 1000, "light", ""),
        ("zh", 1000, "dark", "-dark"),
        ("zh", 390, "light", "-phone"),
        ("en", 1000, "light", ""),
    )
    with tempfile.TemporaryDirectory() as place, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for language, width, scheme, name in looks:
            report = write_report(
                workspace / "published" / "voc.duckdb", Path(place) / language, None, language
            )
            assert report is not None, "nothing was published"
            context = browser.new_context(viewport={"width": width, "height": 2300}, color_scheme=scheme)
            page = context.new_page()
            page.goto(report.html.as_uri())
            page.screenshot(path=str(folder / f"report-{language}{name}.png"))
        browser.close()


def main() -> None:
    """Start the dashboards, look at every page, stop them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "dashboards" / "pictures")
    parser.add_argument("--report", action="store_true", help="the report's pictures alone")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    reports(given.workspace, given.folder)
    if not given.report:
        pages(given)
    shrink(given.folder, "report-*.png" if given.report else "*.png")


def shrink(folder: Path, names: str) -> None:
    """Few colours: a third of the size, and nobody sees it."""
    from PIL import Image

    for path in sorted(folder.glob(names)):
        with Image.open(path) as image:
            small = image.convert("RGB").quantize(256)
        small.save(path, optimize=True)
        print(f"{path.name}  {path.stat().st_size // 1024} KiB")


def pages(given: argparse.Namespace) -> None:
    """All pages of the dashboards."""
    from playwright.sync_api import sync_playwright

    from dashboards import open_warehouse

    with open_warehouse(given.workspace) as voc:
        worst = voc.sql(
            "SELECT * FROM mart.obstacles WHERE step IS NOT NULL AND cause <> 'other' ORDER BY rank LIMIT 1"
        ).row(0, named=True)
        said = voc.sql(
            "SELECT inquiry_id, day FROM mart.verbatims WHERE product = $p AND step = $s AND cause = $c ORDER BY sentiment, inquiry_id LIMIT 1",
            p=worst["product"], s=worst["step"], c=worst["cause"],
        ).row(0)  # fmt: skip
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    code = (
        "import sys; from pathlib import Path; from dags.commands.dashboard import serve; from warehouse.workspace import Workspace;"
        "serve(Workspace.open(Path(sys.argv[1])), int(sys.argv[2]), browser=False)"
    )
    server = subprocess.Popen([sys.executable, "-c", code, str(given.workspace), str(port)], cwd=ROOT)
    base = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            try:
                with urlopen(f"{base}/_stcore/health", timeout=1):  # noqa: S310  our own address
                    break
            except OSError:
                time.sleep(0.2)
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = browser.new_context(viewport={"width": 1360, "height": 900}).new_page()
            one = f"obstacle={worst['obstacle_id']}"
            for language in ("zh", "en"):
                query = f"lang={language}&period=7"
                for name in PAGES:
                    path = "" if name == "today" else name
                    picture(page, f"{base}/{path}?{query}", given.folder / f"{name}-{language}.png", 1360)
                picture(
                    page, f"{base}/obstacles?{query}&{one}", given.folder / f"obstacle-{language}.png", 1360
                )
            talk = f"{base}/obstacles?lang=zh&period=7&{one}&inquiry={said[0]}&day={said[1]}"
            page.set_viewport_size({"width": 1360, "height": 900})
            page.goto(talk)
            page.get_by_role("dialog").wait_for()
            settle(page)
            page.screenshot(path=str(given.folder / "conversation-zh.png"))
            dark = browser.new_context(
                viewport={"width": 1360, "height": 900}, color_scheme="dark"
            ).new_page()
            picture(dark, f"{base}/?lang=zh&period=7", given.folder / "today-zh-dark.png", 1360)
            picture(dark, f"{base}/?lang=zh&period=7", given.folder / "today-zh-phone.png", 390)
            browser.close()
    finally:
        server.terminate()
        server.wait(20)


if __name__ == "__main__":
    main()
