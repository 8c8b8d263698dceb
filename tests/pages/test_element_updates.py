"""Elements tell their page what changes, once it has been sent."""

from nicegui import ui

from tests.pages.conftest import Guest


async def test_each_change_after_the_page_is_sent_is_queued(asha: Guest) -> None:
    client = await asha.open("/rooms/1")
    updates = client.outbox.updates
    with client:
        made = ui.element("div")
    assert made.id in updates
    changes = [
        lambda: made.classes("new"),
        lambda: made.props("hidden"),
        lambda: made.style("color: red"),
        lambda: made.props.update({"title": "New"}),
    ]
    for change in changes:
        updates.clear()
        change()
        assert list(updates) == [made.id]


async def test_other_observers_are_told_as_well(asha: Guest) -> None:
    client = await asha.open("/rooms/1")
    told: list[str] = []
    with client:
        made = ui.element("div")
    made.classes.on_change(lambda: told.append("classes"))
    made.classes("new")
    assert told == ["classes"]
