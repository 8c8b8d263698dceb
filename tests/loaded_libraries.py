"""What a server has loaded soon after its start, in the order in which it loads it."""

import contextvars
import gc
from types import SimpleNamespace

from chat_ui.compat import lean_imports
from chat_ui.server.commands import cli  # noqa: F401

lean_imports.PATCH.apply(frozenset())

from chat_ui.server import assets, run, warm_up  # noqa: E402, F401
from services.core import app_context  # noqa: E402
from services.core.branding import Branding  # noqa: E402
from services.core.settings import Settings  # noqa: E402

# The defaults, whatever variables a test has set.
defaults = SimpleNamespace(settings=Settings.model_construct(), branding=Branding())
app_context.use(defaults)  # type: ignore[arg-type]
contextvars.copy_context().run(warm_up.run)  # it chooses languages
app_context.use(None)
assets.forget()  # what depends on settings, each server makes with its own

gc.freeze()
