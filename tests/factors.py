"""Setting up second factors in tests."""

import time

import pyotp

from services.accounts.factors import second_factor
from services.accounts.factors.ceremonies import Site
from services.core.dto import CurrentUser
from tests.authenticator import Authenticator

SITE = Site("localhost", "http://localhost")


class App:
    """An authenticator app: each of its codes is newer than the last."""

    def __init__(self, secret: str) -> None:
        self.totp = pyotp.TOTP(secret)
        self._step = 0

    def code(self) -> str:
        """Return a code that is valid now and was not used yet: at most two in half a minute."""
        self._step = max(int(time.time()) // 30, self._step + 1)
        return self.totp.generate_otp(self._step)


async def add_app(viewer: CurrentUser) -> tuple[App, tuple[str, ...]]:
    """Add an authenticator app; return it, and the recovery codes if it is the first factor.

    Its first code is that of the step before, so that two more can be used at once.
    """
    secret = await second_factor.begin_app(viewer)
    app = App(secret)
    app._step = int(time.time()) // 30 - 2
    before = app.totp.generate_otp(int(time.time()) // 30 - 1)
    return app, await second_factor.add_app(viewer, secret, before)


async def add_passkey(viewer: CurrentUser, name: str = "Phone", site: Site = SITE) -> Authenticator:
    """Add a passkey; return the device that has it."""
    device = Authenticator(site.origin, site.rp_id)
    ceremony = await second_factor.begin_passkey(viewer, site)
    answer = device.create(ceremony.options)
    await second_factor.add_passkey(viewer, site, ceremony.token, answer, name)
    return device
