"""By which gateways the viewer's apps are notified."""

from typing import Any

from api.matrix.errors import Malformed, MatrixError
from api.matrix.requests import Answer, Call
from services.core.i18n import _
from services.push import pushers
from services.push.pushers import PusherView

KIND = "http"


async def mine(call: Call) -> Answer:
    """Return all of them."""
    return {"pushers": [_shown(each) for each in await pushers.mine(call.viewer)]}


async def put(call: Call) -> Answer:
    """Set the one of this app, or remove one."""
    app_id, pushkey = call.text("app_id"), call.text("pushkey")
    kind = call.body.get("kind", "")
    if kind is None:
        await pushers.remove(call.viewer, app_id, pushkey)
        return {}
    if kind != KIND:
        sentence = _("Only pushers of the kind http are possible here.")
        raise MatrixError(400, "M_INVALID_PARAM", sentence)
    data = call.body.get("data")
    if not isinstance(data, dict) or not isinstance(data.get("url"), str):
        raise Malformed("data.url")
    append = call.body.get("append", False)
    if not isinstance(append, bool):
        raise Malformed("append")
    wanted = PusherView(
        app_id=app_id,
        pushkey=pushkey,
        url=data["url"],
        app_name=call.text("app_display_name"),
        device_name=call.text("device_display_name"),
        profile_tag=call.text("profile_tag", ""),
        language=call.text("lang"),
        data={name: value for name, value in data.items() if name != "url"},
    )
    await pushers.store(call.viewer, wanted, keeps_others=append)
    return {}


def _shown(pusher: PusherView) -> dict[str, Any]:
    made = {
        "kind": KIND,
        "app_id": pusher.app_id,
        "pushkey": pusher.pushkey,
        "app_display_name": pusher.app_name,
        "device_display_name": pusher.device_name,
        "lang": pusher.language,
        "data": {"url": pusher.url, **pusher.data},
    }
    return made | ({"profile_tag": pusher.profile_tag} if pusher.profile_tag else {})
