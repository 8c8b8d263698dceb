"""The card of a link: whatever a site says stands there as text, beside where it leads."""

from datetime import UTC, datetime

from chat_ui.messages.media import link_card
from services.core.dto import LinkPictureView, LinkView, MessageView, UserSummary

SAID = MessageView(
    message_id=1,
    room_id=7,
    seq=9,
    client_message_id="message-1",
    author=UserSummary(7, "asha", "Asha Rao", 120, ""),
    kind="text",
    text="https://sky.org/comets",
    mentions=(),
    is_forwarded=False,
    change=1,
    created_at=datetime(2026, 3, 12, tzinfo=UTC),
    edited_at=None,
    deleted=None,
    is_pinned=False,
)


def draw(picture: LinkPictureView | None = None, **said: str) -> str:
    usual = {"url": "https://sky.org/comets", "site": "", "title": "Comets", "description": ""}
    return str(link_card.draw(SAID, LinkView(**(usual | said), picture=picture)))


def shown(width: int, height: int, *, large: bool = True, alt: str = "") -> str:
    return draw(LinkPictureView("abc", width, height, large, alt))


def test_what_is_said_is_text() -> None:
    drawn = draw(title="<script>alert(1)</script>", site='"><b>', description="<img src=x>")
    assert "<script" not in drawn
    assert "<b>" not in drawn
    assert "<img" not in drawn
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in drawn


def test_the_host_is_always_that_of_the_address() -> None:
    assert '<bdi class="host">sky.org</bdi>' in draw(site="bank.org", title="bank.org")
    assert '<bdi class="host">sky.org:8443</bdi>' in draw(url="https://sky.org:8443/")
    assert "bank" not in draw(url="https://evil.org/", site="bank.org")
    assert '<bdi class="host">evil.org</bdi>' in draw(url="https://evil.org/bank.org")


def test_it_leads_there_and_tells_that_site_nothing() -> None:
    drawn = draw(url="https://sky.org/?a=1&b=%22")
    assert 'href="https://sky.org/?a=1&amp;b=%22"' in drawn
    assert 'rel="noopener noreferrer nofollow ugc"' in drawn
    assert "<img" not in drawn


def test_a_site_is_named_unless_its_name_looks_like_a_host() -> None:
    assert draw(site="Sky.org").lower().count("sky.org</") == 1
    assert "Sky &amp; Co" in draw(site="Sky & Co")
    for site in ("bank.org Login", "https://bank", "bank\u2024org", "bank。org", "bank .org"):
        assert "bank" not in draw(site=site)


def test_the_picture_is_asked_for_here() -> None:
    drawn = shown(640, 336)
    assert ' src="/rooms/7/messages/9/link-picture/abc"' in drawn
    assert drawn.count("<img") == drawn.count('loading="lazy"') == 1
    assert drawn.count('href="https://sky.org/comets"') == 2
    assert drawn.count(f'rel="{link_card.REL}"') == 2


def test_its_place_is_kept_free() -> None:
    assert 'width="436" height="229"' in shown(640, 336)
    assert 'width="300" height="200"' in shown(300, 200)
    assert 'width="106" height="320"' in shown(213, 640)
    assert 'width="72" height="72"' in shown(176, 176, large=False)
    assert 'width="1" height="1"' in shown(0, 0)  # as a backup may say that was made to deceive


def test_a_reader_hears_what_is_on_it_or_nothing() -> None:
    drawn = shown(9, 9, alt='"><b>A comet')
    assert 'alt="&#34;&gt;&lt;b&gt;A comet"' in drawn
    assert "aria-hidden" not in drawn
    assert 'aria-hidden="true"' in shown(9, 9)
    assert 'tabindex="-1"' in drawn
