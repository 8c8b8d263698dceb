"""What hosts run in a database that they restored from a backup of their own."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlmodel import Session, select, text

from models import (
    ChatSettings,
    Invite,
    KeyDevice,
    LoginSession,
    Message,
    ResetLink,
    ScheduledMessage,
)
from models.clock import now
from services import lifecycle
from services.accounts.passwords import password_resets
from services.backup import outdated
from services.core.settings import Settings
from services.db import database
from services.keys import uploads
from services.messages.scheduling import scheduled, scheduler
from services.registration import invites
from tests import postgres
from tests.conftest import People

pytestmark = pytest.mark.skipif(not postgres.SERVER, reason="needs CHAT_TEST_DATABASE")
DOCUMENTATION = Path(__file__).parents[4] / "docs" / "scaling.md"


def documented() -> str:
    """Return the statements that the documentation names."""
    [found] = re.findall(r"```sql\n(.*?)```", DOCUMENTATION.read_text(encoding="utf-8"), re.DOTALL)
    return str(found)


async def test_the_documented_statements_end_what_a_backup_brings_back(
    people: People, app_settings: Settings
) -> None:
    await invites.create(people.asha, days=7, uses=2)
    await password_resets.create(people.asha, people.ben.user_id)
    for key, when in (("key-late", 1), ("key-later", 9)):
        moment = (now() + timedelta(hours=when)).isoformat()
        await scheduled.schedule(people.ben, people.room, key, key, moment)
    key = {"signed_curve25519:a": {"key": "x"}}
    await uploads.upload(replace(people.ben, device_id="PHONE"), None, key, key)
    await lifecycle.shutdown()
    data = app_settings.data
    with postgres.connect(data) as restored:
        restored.execute(  # as if it had been an hour
            "UPDATE scheduled_messages SET send_at = send_at - interval '2 hours'"
            " WHERE client_message_id = 'key-late'"
        )
        restored.execute(documented())
    await lifecycle.startup(app_settings)
    await scheduler._send_due()

    def stored(session: Session) -> None:
        assert session.exec(select(LoginSession.revoked_at)).all()
        for ended in (LoginSession.revoked_at, Invite.revoked_at, ResetLink.used_at):
            assert None not in session.exec(select(ended)).all()
        assert "key-late" not in session.exec(select(Message.text)).all()
        refusals = session.exec(select(ScheduledMessage.text, ScheduledMessage.refusal)).all()
        assert dict(refusals) == {"key-late": outdated._refusal("en"), "key-later": ""}
        for table in ("trusted_devices", "one_time_keys", "fallback_keys", "to_device_messages"):
            count = text(f"SELECT count(*) FROM {table}")
            assert session.connection().scalar(count) == 0
        assert session.exec(select(ChatSettings.epoch)).one() > 0
        assert session.exec(select(KeyDevice.counts)).all() == ["{}"]

    await database.read(stored)
