"""The practice world's validation table is what botocore's service models say."""

import pathlib

import service_model

TABLE = pathlib.Path(__file__).resolve().parents[2] / "src-tauri" / "practice" / "content" / "service.json"


def test_the_table_is_fresh():
    assert TABLE.read_text() == service_model.text(), "python tests/interop/service_model.py > src-tauri/practice/content/service.json"
