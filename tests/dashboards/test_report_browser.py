"""The report in a real Chromium: nothing leaves the machine, nothing runs, it fits a phone, it can be read in the dark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboards.report import Report, write_report
from tests.dashboards.published import write_published
from tests.dashboards.test_small_parts import contrast

CHROMIUM = "/usr/bin/chromium"
pytestmark = pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"{CHROMIUM} is not there")


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> Report:
    folder = tmp_path_factory.mktemp("report")
    found = write_report(write_published(folder / "voc.duckdb"), folder, None, "zh", images=True)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(browser, report):
    """Open the report; gives the page, and all requests and messages of it."""

    def open_page(width: int = 1000, scheme: str = "light") -> tuple[Any, list[str], list[str]]:
        page = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme).new_page()
        asked: list[str] = []
        said: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(report.html.as_uri())
        return page, asked, said

    return open_page


def test_it_asks_for_nothing_and_runs_nothing(opened, report):
    page, asked, said = opened()
    assert asked == [report.html.as_uri()]
    assert said == []
    assert page.title() == report.title  # customers' scripts would have changed it
    assert page.locator("script, img, iframe, a").count() == 0


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_sticks_out(opened, width):
    page, _, _ = opened(width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    wide = page.evaluate(
        "[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80))"
    )
    assert wide == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read(opened, scheme):
    page, _, _ = opened(scheme=scheme)
    pairs = page.evaluate(
        """
        () => {
            const ground = element => {
                for (let e = element; e; e = e.parentElement) {
                    const colour = getComputedStyle(e).backgroundColor;
                    if (colour !== 'rgba(0, 0, 0, 0)') return colour;
                }
                return 'rgb(255, 255, 255)';
            };
            return [...document.querySelectorAll('body *')]
                .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
                .map(e => [getComputedStyle(e).color, ground(e), e.className])
        }
        """
    )
    assert len(pairs) > 50
    for ink, ground, name in pairs:
        assert contrast(_hex(ink), _hex(ground)) >= 4.5, (ink, ground, name)
    body = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (contrast(_hex(body), "#ffffff") > 10) == (scheme == "dark")


def test_the_chart_has_colours_of_the_theme_and_words_for_those_who_cannot_see_it(opened):
    page, _, _ = opened(scheme="dark")
    chart = page.locator("figure svg")
    assert "每天的万求率" in chart.get_attribute("aria-label")
    line = page.evaluate(
        "getComputedStyle(document.querySelector('figure svg path[stroke-width=\"2\"]')).stroke"
    )
    assert _hex(line) == "#98a4ff"
    assert page.locator("table th[scope=col]").count() >= 7
    assert page.locator("table th[scope=row]").count() == 3


def test_it_prints_on_a4(opened, tmp_path):
    page, _, _ = opened(scheme="dark")
    path = tmp_path / "report.pdf"
    page.pdf(path=str(path), prefer_css_page_size=True)
    content = path.read_bytes()
    assert content.startswith(b"%PDF")
    sizes = set(re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", content))
    assert {(round(float(w)), round(float(h))) for w, h in sizes} == {(595, 842)}
    page.emulate_media(media="print")
    assert (
        page.evaluate("getComputedStyle(document.body).color") == "rgb(27, 31, 39)"
    )  # ink on paper, even at night


def test_the_mail_fits_its_frame(browser, report, tmp_path):
    markup = report.email_html
    for name, path in report.images:
        markup = markup.replace(f"cid:{name}", path.as_uri())
    place = tmp_path / "mail.html"
    place.write_text(markup, encoding="utf-8")
    page = browser.new_page(viewport={"width": 700, "height": 900})
    page.goto(place.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 700
    assert page.evaluate("[...document.images].every(i => i.complete && i.naturalWidth > 100)")


def _hex(colour: str) -> str:
    red, green, blue = (int(float(part)) for part in colour.split("(")[1].rstrip(")").split(",")[:3])
    return f"#{red:02x}{green:02x}{blue:02x}"
