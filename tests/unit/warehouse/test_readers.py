import gzip

import polars as pl
import pytest

from warehouse.landing import blocks
from warehouse.landing.readers import RefusedFileError, read_chunks


def read(path, form, *, compressed=False, header=None):
    chunks = list(read_chunks(path, form, compressed=compressed, header=header))
    frames = [chunk.frame for chunk in chunks if chunk.frame.height]
    rows = pl.concat(frames, how="diagonal").to_dicts() if frames else []
    return rows, [bad for chunk in chunks for bad in chunk.bad]


@pytest.fixture(params=[64, 32 * 1024 * 1024], ids=["tiny blocks", "one block"])
def block(request, monkeypatch):
    monkeypatch.setattr(blocks, "CHUNK_BYTES", request.param)


CSV = '会话,文本\nc1,"你好, 在吗"\nc2,第一行\nc3,\n'
ROWS = [
    {"会话": "c1", "文本": "你好, 在吗", "line": 2},
    {"会话": "c2", "文本": "第一行", "line": 3},
    {"会话": "c3", "文本": None, "line": 4},
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_csv_in_any_encoding(tmp_path, block, encoding, newline):
    path = tmp_path / "a.csv"
    path.write_bytes(CSV.replace("\n", newline).encode(encoding))
    assert read(path, "csv") == (ROWS, [])


def test_csv_record_over_lines_keeps_line_numbers(tmp_path, block):
    path = tmp_path / "a.csv"
    path.write_text('id,text\n1,"两行\n的话"\n2,一行\n', encoding="utf-8")
    assert read(path, "csv")[0] == [
        {"id": "1", "text": "两行\n的话", "line": 2},
        {"id": "2", "text": "一行", "line": 4},
    ]


def test_csv_row_with_too_few_or_many_fields_is_bad_alone(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,text\n1,a\n2\n3,b,c\n4,d\n", encoding="utf-8")
    rows, bad = read(path, "csv")
    assert [row["id"] for row in rows] == ["1", "4"]
    assert [(b.line, b.reason, b.expected) for b in bad] == [
        (3, "1 fields", "2 fields as in the header"),
        (4, "3 fields", "2 fields as in the header"),
    ]


def test_tsv_without_header(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text('s1\t0\t他说"好"\n', encoding="utf-8")
    assert read(path, "tsv", header=["session", "agent", "text"])[0][0]["text"] in ('他说"好"', "他说好")


def test_jsonl_with_mixed_keys_nested_values_and_bad_lines(tmp_path, block):
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"id": 1, "t": "甲"}\n{bad\n{"id": "2", "x": {"y": [1]}}\n\n[1]\n{"id": null, "b": true}\n',
        encoding="utf-8",
    )
    rows, bad = read(path, "jsonl")
    assert [(row["id"], row["line"]) for row in rows] == [("1", 1), ("2", 3), (None, 6)]
    assert rows[1]["x"].replace(" ", "") == '{"y":[1]}'
    assert [b.line for b in bad] == [2, 4, 5]


def test_a_key_that_comes_late_is_not_lost(tmp_path):
    path = tmp_path / "a.jsonl"
    lines = ['{"id": "%d", "text": "x"}' % n for n in range(200)] + [
        '{"id": "200", "text": "x", "late": "here"}'
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert read(path, "jsonl")[0][200]["late"] == "here"


def test_the_last_line_cut_short_says_so(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "1"}\n{"id": "2", "te', encoding="utf-8")
    rows, bad = read(path, "jsonl")
    assert len(rows) == 1
    assert "cut short" in bad[0].reason


def test_gzip_and_parquet(tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(CSV.encode()))
    assert read(path, "csv", compressed=True)[0] == ROWS
    frame = pl.DataFrame({"会话": ["c1"], "n": [3]})
    frame.write_parquet(tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet", "parquet")[0] == [{"会话": "c1", "n": 3, "line": 1}]


def test_what_is_no_parquet_is_refused_by_name(tmp_path):
    path = tmp_path / "broken.parquet"
    path.write_bytes(b"PAR1 no")
    with pytest.raises(RefusedFileError, match=r"broken\.parquet"):
        read(path, "parquet")


def test_header_problems_are_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,id\n1,2\n")
    with pytest.raises(RefusedFileError, match="'id' stands twice"):
        read(path, "csv")


def test_a_quote_that_is_not_closed_costs_its_line_alone(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('id,text\n1,"ok, 好"\n2,"never closed\n3,c\n4,"d\ne"\n5,f\n', encoding="utf-8")
    rows, bad = read(path, "csv")
    assert [(row["id"], row["text"]) for row in rows] == [
        ("1", "ok, 好"),
        ("3", "c"),
        ("4", "d\ne"),
        ("5", "f"),
    ]
    assert [(b.line, b.reason) for b in bad] == [(3, "a quote that is not closed")]


def test_a_ten_megabyte_text_and_nul_bytes_are_read(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('id,text\n1,"' + "长" * 3_500_000 + '\n完"\n2,a\x00b\n', encoding="utf-8")
    rows, bad = read(path, "csv")
    assert [len(row["text"]) for row in rows] == [3_500_002, 3]
    assert not bad


def test_other_line_separators_are_no_newlines(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('id,text\n1,"a\u2028b\nc"\n2,d\u2028e\n', encoding="utf-8")
    assert [(row["text"], row["line"]) for row in read(path, "csv")[0]] == [
        ("a\u2028b\nc", 2),
        ("d\u2028e", 4),
    ]
