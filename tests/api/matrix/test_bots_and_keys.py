"""Who has only a bot's token, or a stolen app, learns no password by replacing keys."""

from typing import Any

from services.accounts.sessions import bot_tokens
from services.core.limits.rate_limits import RateLimit
from tests.api.matrix.app import App, app_of
from tests.api.matrix.keys import signing_key
from tests.api.matrix.test_bad_input import refused
from tests.api.matrix.test_key_limits import use
from tests.conftest import PASSWORD, People

WHERE = "/keys/device_signing/upload"


def _replacing(app: App, password: str, name: str = "other") -> dict[str, Any]:
    auth = {"type": "m.login.password", "password": password}
    return {"master_key": signing_key(app, "master", name), "auth": auth}


async def test_a_bot_replaces_no_keys(people: People) -> None:
    ben = await app_of(people.ben)
    await ben.do("POST", WHERE, {"master_key": signing_key(ben, "master", "first")})
    token = await bot_tokens.create(people.ben, "Bot")
    login = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": "ben"},
        "password": token,
    }
    opened = (await App(None).do("POST", "/login", login))["access_token"]
    for given in (token, opened):
        bot = App(people.ben, given)
        for password in (PASSWORD, "wrong"):
            refused(await bot.ask("POST", WHERE, _replacing(bot, password)), 403, "M_FORBIDDEN")


async def test_wrong_passwords_of_all_apps_count_together(people: People) -> None:
    use(password=RateLimit("3 per hour"))
    apps = [await app_of(people.ben) for _each in range(2)]
    await apps[0].do("POST", WHERE, {"master_key": signing_key(apps[0], "master", "first")})
    for number in range(3):
        app = apps[number % 2]
        answer = await app.ask("POST", WHERE, _replacing(app, "wrong"))
        assert answer.status_code == 401
    for app in apps:
        refused(await app.ask("POST", WHERE, _replacing(app, PASSWORD)), 429, "M_LIMIT_EXCEEDED")
