"""A made-up push service leads to nothing that only this server can reach."""

from dataclasses import replace

import pytest

from services.core import app_context
from services.core.errors import ServiceError
from services.core.settings import Settings
from services.push import endpoints


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:APA91b-_x",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAAA?x=1",
        "https://web.push.apple.com/QGuQyavXutnMH8",
    ],
)
def test_known_push_services_are_taken(app_settings: Settings, endpoint: str) -> None:
    assert endpoints.check(endpoint) == endpoint


@pytest.mark.parametrize(
    "endpoint",
    [
        *("http://push.example.org/x", "ftp://push.example.org/x", "//push.example.org/x"),
        *("https:///x", "https://", "", None, 7, ["https://push.example.org/x"]),
        *("https://user@push.example.org/x", "https://u:p@push.example.org/x"),
        *("https://push.example.org:99999/x", "https://push.example.org/ x", "https://[::1/x"),
        *("https://push.example.org/\n", "https://püsh.example.org/x", "https://e.org/#x"),
        "https://push.example.org/" + "x" * 1000,
    ],
)
def test_what_is_no_push_service_is_refused(app_settings: Settings, endpoint: object) -> None:
    with pytest.raises(ServiceError, match="push service"):
        endpoints.check(endpoint)


async def test_push_services_of_private_networks_are_where_the_host_wants_it(
    app_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert endpoints.reach().allows("142.250.1.1", 8443)
    assert not endpoints.reach().allows("127.0.0.1", 443)
    local = app_settings.model_copy(update={"push_to_this_machine": True})
    context = replace(app_context.current(), settings=local)
    monkeypatch.setattr(app_context, "_current", context)
    assert endpoints.check("http://127.0.0.1:9/x")
    assert endpoints.reach().allows("127.0.0.1", 9)
