"""The card of a link: whatever a site says stands there as text, beside where it leads."""

from chat_ui.messages import link_card
from services.core.dto import LinkView


def draw(**said: str) -> str:
    usual = {"url": "https://sky.org/comets", "site": "", "title": "Comets", "description": ""}
    return str(link_card.draw(LinkView(**(usual | said)), is_last=False))


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
