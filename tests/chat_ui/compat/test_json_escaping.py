"""The JSON of a page is escaped as NiceGUI would escape it."""

from nicegui import client, json

from chat_ui.compat import json_escaping


def test_the_result_is_niceguis(monkeypatch) -> None:
    monkeypatch.setattr(client, "json", client.json)  # which is put back
    json_escaping.PATCH.install()
    value = {"all": "".join(map(chr, range(128))), "twice": "&amp; <&lt;> `$` … 😀 नमस्ते"}
    escaped = client.json.dumps(value).translate(client.HTML_ESCAPE_TABLE)
    assert escaped == str(json.dumps(value)).translate(client.HTML_ESCAPE_TABLE)
    assert "&amp;amp; &lt;" in escaped
    assert client.json.loads("[1]") == [1]
