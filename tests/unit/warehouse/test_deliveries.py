"""Who receives what, as voc.yaml says it; when it is due; the record of it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.delivery.chat import cut
from dashboards.delivery.due import is_quiet, periods
from dashboards.delivery.errors import NotDeliveredError
from dashboards.delivery.letter import Target, ident
from dashboards.delivery.receivers import Secrets, target, told_apart
from warehouse import workspace
from warehouse.config import VocConfig, read_config
from warehouse.config.report import Receiver, quiet_hours, receiver
from warehouse.deliveries import Deliveries, newest
from warehouse.errors import ConfigError
from warehouse.store import Store

SECRET_URL = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=0123-abcd"  # noqa: S105  of no robot
NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


def read(tmp_path, text):
    path = tmp_path / "voc.yaml"
    path.write_text(text, encoding="utf-8")
    return read_config(path, VocConfig).report


def test_the_template_shows_a_report_part_that_works(tmp_path):
    template = Path(workspace.__file__).parent / "templates" / "voc.yaml"
    lines = template.read_text(encoding="utf-8").splitlines()
    begin = lines.index("# report:")
    report = read(tmp_path, "\n".join(line.removeprefix("# ") for line in lines[begin:]))
    everyone, team = report.all_deliveries
    assert (everyone.name, everyone.periods) == ("recipients", ["day", "week", "month"])
    assert [p.label for p in everyone.receivers] == ["mail:voc@example.com"]
    assert (team.products, team.periods, team.only_when) == (
        ["wallet"],
        ["day", "week"],
        "something_happened",
    )
    assert [p.label for p in team.receivers] == ["VOC_WECOM_WALLET", "mail:pm@example.com"]
    assert team.quiet == "21:00-08:00"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("pm@example.com", Receiver("mail", address="pm@example.com")),
        ("mail:pm@example.com", Receiver("mail", address="pm@example.com")),
        ("mail:${VOC_PM}", Receiver("mail", variable="VOC_PM")),
        ("${VOC_X}", Receiver(None, variable="VOC_X")),
        ("wecom:${VOC_X}", Receiver("wecom", variable="VOC_X")),
        ("wecom:pm@example.com", None),
        ("telegraph:${VOC_X}", None),
        ("https://host/${VOC_X}", None),
        ("${VOC-X}", None),
        ("pm@example.com, po@example.com", None),
        (SECRET_URL, None),
    ],
)
def test_places(text, found):
    assert receiver(text) == found


@pytest.mark.parametrize(
    ("key", "where"),
    [
        ("recipients: ['{}']", "report.recipients"),
        ("recipients: '{}'", "report.recipients"),
        ("deliveries: [{{name: team, to: ['{}']}}]", "report.deliveries.team.to"),
        ("deliveries: [{{name: team, to: '{}'}}]", "report.deliveries.team.to"),
        ("deliveries: [{{to: ['{}']}}]", "report.deliveries.?.to"),
        ("deliveries: [{{name: team, to: [a@example.com, 'wecom:{}']}}]", "receiver 2"),
        ("deliveries: [{{name: team, to: {{url: '{}'}}}}]", "report.deliveries.team.to"),
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path, key, where):
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, "report:\n  " + key.format(SECRET_URL) + "\n")
    told = str(caught.value)
    assert where in told
    assert "0123" not in told
    assert "qyapi" not in told


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("{name: a b, to: [x@y.cn]}", ["name", "folder"]),
        ("{name: ../a, to: [x@y.cn]}", ["name", "folder"]),
        ("{name: recipients, to: [x@y.cn]}", ["recipients", "another name"]),
        ("{name: a, to: []}", ["to"]),
        ("{name: a}", ["to"]),
        ("{name: a, to: [x@y.cn], period: day}", ["period", "periods"]),
        ("{name: a, to: [x@y.cn], periods: [year]}", ["periods", "month"]),
        ("{name: a, to: [x@y.cn], quiet: nights}", ["quiet", "21:00-08:00"]),
        ("{name: a, to: [x@y.cn], quiet: '25:00-08:00'}", ["quiet", "21:00-08:00"]),
        ("{name: a, to: [x@y.cn], only_when: never}", ["only_when", "something_happened"]),
        ("{name: a, to: [x@y.cn]}, {name: a, to: [z@y.cn]}", ["two deliveries", "'a'"]),
    ],
)
def test_mistakes_are_told(tmp_path, text, parts):
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, f"report:\n  deliveries: [{text}]\n")
    for part in parts:
        assert part in str(caught.value)


def test_a_place_named_twice_gets_one_report(tmp_path):
    report = read(tmp_path, "report: {deliveries: [{name: a, to: [x@y.cn, 'mail:x@y.cn'], periods: week}]}\n")
    assert len(report.deliveries[0].receivers) == 1
    assert report.deliveries[0].periods == ["week"]


@pytest.mark.parametrize(
    ("quiet", "at", "expected"),
    [
        ("21:00-08:00", "20:59", False),
        ("21:00-08:00", "21:00", True),
        ("21:00-08:00", "00:00", True),
        ("21:00-08:00", "07:59", True),
        ("21:00-08:00", "08:00", False),
        ("12:00-14:00", "13:00", True),
        ("12:00-14:00", "14:00", False),
        (None, "03:00", False),
    ],
)
def test_quiet_hours(quiet, at, expected):
    hour, minute = map(int, at.split(":"))
    shanghai = datetime(2026, 11, 20, hour, minute, tzinfo=UTC)
    assert is_quiet(quiet, shanghai, "UTC") is expected
    moved = shanghai.replace(hour=(hour - 8) % 24)
    assert is_quiet(quiet, moved, "Asia/Shanghai") is expected


@given(begin=st.integers(0, 1439), end=st.integers(0, 1439), at=st.integers(0, 1439))
def test_quiet_hours_and_their_complement_cover_the_day_once(begin, end, at):
    if begin == end:
        with pytest.raises(ValueError):
            quiet_hours(f"{begin // 60}:{begin % 60:02d}-{end // 60}:{end % 60:02d}")
        return
    one, other = (f"{a // 60}:{a % 60:02d}-{b // 60}:{b % 60:02d}" for a, b in ((begin, end), (end, begin)))
    moment = datetime(2026, 11, 20, at // 60, at % 60, tzinfo=UTC)
    assert is_quiet(one, moment, "UTC") is not is_quiet(other, moment, "UTC")
    assert quiet_hours(one)[0] == time(begin // 60, begin % 60)


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)))
def test_periods_end_with_their_last_day(day):
    found = periods(day)
    assert found[0] == "day"
    assert ("week" in found) == (day.isocalendar().weekday == 7)
    following = date.fromordinal(day.toordinal() + 1)
    assert ("month" in found) == (following.month != day.month)


@given(st.text(st.characters(codec="utf-8"), max_size=400), st.integers(8, 120))
def test_cut_keeps_the_limit_and_whole_lines(text, most):
    found = cut(text, most)
    assert len(found.encode()) <= most or found == text
    if found != text:
        assert found.endswith("…")
        assert text.startswith(found.removesuffix("…").rstrip("\n"))


@pytest.mark.parametrize(
    ("value", "kind", "url"),
    [
        (SECRET_URL, "wecom", SECRET_URL),
        ("wecombot://0123", "wecom", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=0123"),
        (
            "dingtalk://SEC@tok",
            "dingtalk",
            "https://oapi.dingtalk.com/robot/send?access_token=tok&secret=SEC",
        ),
        ("feishu://tok", "feishu", "https://open.feishu.cn/open-apis/bot/v2/hook/tok"),
        ("https://open.larksuite.com/open-apis/bot/v2/hook/a", "feishu", None),
        ("https://hooks.slack.com/services/a/b/c", "slack", None),
        ("https://tools.example.com/hook", "webhook", None),
        ("tgram://bot/chat", "apprise", None),
        ("pm@example.com", "mail", None),
    ],
)
def test_kinds_are_seen_from_the_url(value, kind, url):
    assert told_apart(value) == (kind, url or value)


def test_a_named_kind_wins_over_the_host():
    found = target(receiver("wecom:${A}"), Secrets({"A": "https://gateway.example.com/wecom"}.__getitem__))
    assert found == Target("wecom", "https://gateway.example.com/wecom")
    assert "gateway" not in repr(found)


@pytest.mark.parametrize(
    "held",
    ["https://qyapi.weixin.qq.com/cgi-bin%2Fwebhook%2Fsend?key=0123-abcd", "generic://:https%3A%2F%2Fqyapi.weixin.qq.com%2Fcgi-bin%2Fwebhook%2Fsend%3Fkey%3D0123-abcd@"],
)  # fmt: skip
def test_a_url_out_of_an_airflow_connection_is_put_right(held):
    assert target(receiver("${A}"), Secrets({"A": held}.__getitem__)) == Target("wecom", SECRET_URL)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "PM is not set"),
        ({"PM": "nobody"}, "PM does not hold one e-mail address"),
        ({"PM": "a@example.com"}, "VOC_SMTP_URL is not set"),
        ({"PM": "a@example.com", "VOC_SMTP_URL": "mail.example.com"}, "VOC_SMTP_URL is no smtp://"),
        ({"PM": "a@example.com", "VOC_SMTP_URL": "smtp://mail.example.com"}, "VOC_MAIL_FROM is not set"),
    ],
)
def test_what_a_mail_lacks_is_named(values, said):
    with pytest.raises(NotDeliveredError, match=re.escape(said)):
        target(receiver("mail:${PM}"), Secrets(values.__getitem__))


def test_parts_of_a_secret_are_taken_out_too():
    secrets = Secrets({"A": "smtp://bot%40example.com:pa%3Ass-word@mail.example.com:587"}.__getitem__)
    secrets("A")
    said = secrets.without(
        "535 bot@example.com\nwrong pa:ss-word (pa%3Ass-word) at mail.example.com " + "x" * 400
    )
    assert said.startswith("535 … wrong … (…) at mail.example.com")
    assert len(said) <= 240


def test_words_of_a_tools_own_url_stay_readable():
    secrets = Secrets({"A": SECRET_URL}.__getitem__)
    secrets("A")
    assert secrets.without("invalid webhook url, key 0123-abcd") == "invalid webhook url, key …"


def test_idents_differ_by_workspace_and_by_what_is_delivered():
    key = (date(2026, 11, 20), "day", "team", "wecom:A")
    found = {ident(b"1", key), ident(b"2", key), ident(b"1", (*key[:3], "wecom:B"))}
    assert len(found) == 3
    assert ident(b"1", key) in found


def test_the_record_tells_the_last_word_whatever_the_clock(tmp_path):
    store = Store(tmp_path / "store", tmp_path / "raw")
    key = (date(2026, 11, 20), "day", "team", "wecom:A")
    Deliveries(store, now=NOW).note(key, "failed", attempts=3, reason="HTTP 500")
    Deliveries(store, now=NOW.replace(year=2025)).note(key, "sent", attempts=4)
    assert newest(store)[key].status == "sent"
    assert Deliveries(store, now=NOW).pending(date(2026, 11, 21)) == []
