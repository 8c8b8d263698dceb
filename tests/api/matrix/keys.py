"""Keys as apps upload them. The chat looks at none, so they need not be real."""

from typing import Any

from tests.api.matrix.app import App, user_id

SIGNED = "signed_curve25519"


async def device_of(app: App) -> str:
    """Return the id of an app's device."""
    return str((await app.do("GET", "/account/whoami"))["device_id"])


async def identity(app: App, secret: str = "first") -> dict[str, Any]:
    """Return the identity of an app's device."""
    device = await device_of(app)
    return {
        "user_id": app.user,
        "device_id": device,
        "algorithms": ["m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2"],
        "keys": {f"curve25519:{device}": f"{secret}-c", f"ed25519:{device}": f"{secret}-e"},
        "signatures": {app.user: {f"ed25519:{device}": f"{secret}-signed"}},
    }


def one_time(*names: str) -> dict[str, Any]:
    """Return keys to hand out once, of these names."""
    return {
        f"{SIGNED}:{name}": {"key": f"key-{name}", "signatures": {"@x:y": {"ed25519:z": "s"}}}
        for name in names
    }


async def upload(app: App, *names: str, fallback: str = "") -> str:
    """Upload the identity of an app's device, and keys; return the device."""
    spare = {f"{SIGNED}:{fallback}": {"key": f"key-{fallback}", "fallback": True}}
    body = {
        "device_keys": await identity(app),
        "one_time_keys": one_time(*names),
        "fallback_keys": spare if fallback else {},
    }
    await app.do("POST", "/keys/upload", body)
    return await device_of(app)


async def claim(app: App, of: App, device: str) -> str:
    """Claim a key of another app; return its name, or "" if there was none."""
    body = {"one_time_keys": {of.user: {device: SIGNED}}}
    found = (await app.do("POST", "/keys/claim", body))["one_time_keys"]
    if not found:
        return ""
    [name] = found[of.user][device]
    assert found[of.user][device][name]["key"] == f"key-{name.removeprefix(SIGNED + ':')}"
    return str(name).removeprefix(f"{SIGNED}:")


def signing_key(app: App, usage: str, name: str, **more: Any) -> dict[str, Any]:
    """Return a key with which an app's person signs."""
    return {
        "user_id": user_id(app.viewer),
        "usage": [usage],
        "keys": {f"ed25519:{name}": name},
        **more,
    }
