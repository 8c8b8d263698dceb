"""matrix-nio reads the push rules that it is told, and sets those of a room."""

from pathlib import Path

from tests.api.matrix.clients.installed import require_nio
from tests.http_client import PASSWORD, Browser
from tests.server import Server

require_nio()

import nio  # noqa: E402


async def test_a_client_mutes_a_room_and_hears_it(tmp_path: Path) -> None:
    with Server(tmp_path / "data") as running:
        assert Browser(running.address).register("asha").status_code == 303
        client = nio.AsyncClient(running.address, "asha")
        heard: list[nio.PushRulesEvent] = []

        async def hear(event: nio.PushRulesEvent) -> None:
            heard.append(event)

        client.add_global_account_data_callback(hear, nio.PushRulesEvent)
        try:
            assert isinstance(await client.login(PASSWORD), nio.LoginResponse)
            news = await client.sync()
            assert isinstance(news, nio.SyncResponse)
            [lobby] = news.rooms.join
            assert [each.id for each in heard[-1].global_rules.room] == []

            loud = await client.set_pushrule(
                "global", nio.PushRuleKind.room, lobby, actions=[nio.PushNotify()]
            )
            assert isinstance(loud, nio.SetPushRuleResponse)
            await client.sync()
            assert [each.id for each in heard[-1].global_rules.room] == [lobby]

            muted = await client.set_pushrule(
                "global",
                nio.PushRuleKind.override,
                lobby,
                conditions=[nio.PushEventMatch("room_id", lobby)],
            )
            assert isinstance(muted, nio.SetPushRuleResponse)
            await client.sync()
            assert lobby in [each.id for each in heard[-1].global_rules.override]

            unmuted = await client.delete_pushrule("global", nio.PushRuleKind.override, lobby)
            assert isinstance(unmuted, nio.DeletePushRuleResponse)
            refused = await client.set_pushrule(
                "global", nio.PushRuleKind.content, "cake", pattern="cake"
            )
            assert isinstance(refused, nio.SetPushRuleError)
            assert refused.status_code == "M_UNKNOWN"
        finally:
            await client.close()
