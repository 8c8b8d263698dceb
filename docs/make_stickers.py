"""Make the stickers that a chat begins with: `python -m docs.make_stickers`.

Their drawings are in `docs/stickers/`. They go to `services/files/stickers/starters/`, and their
hashes to `starter_facts.py` beside it; run it after you change a drawing. Chromium draws them.
"""

import hashlib
import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from services.files.stickers import starters
from services.files.stickers.sticker_limits import MAX_SIDE
from tests.browser.conftest import find_browser

DRAWINGS = Path(__file__).parent / "stickers"
FACTS = starters.FOLDER.with_name("starter_facts.py")
QUALITY = 84
_HEAD = '''"""The files of `starters.py`: SHA-256 and bytes. `docs/make_stickers.py` writes this."""

'''


def draw(page: Page, key: str) -> bytes:
    """Return a sticker as a WEBP, drawn by a page of its size."""
    page.set_content(f'<body style="margin:0;display:flex">{(DRAWINGS / key).read_text()}')
    picture = Image.open(io.BytesIO(page.screenshot(omit_background=True)))
    written = io.BytesIO()
    picture.save(written, "WEBP", quality=QUALITY, method=6)
    return written.getvalue()


def main() -> None:
    """Write all of them, and what is known of their files."""
    lines = []
    starters.FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(playwright.chromium))
        page = browser.new_page(viewport={"width": MAX_SIDE, "height": MAX_SIDE})
        for each in starters.STARTERS:
            content = draw(page, f"{each.key}.svg")
            each.path.write_bytes(content)
            digest = hashlib.sha256(content).hexdigest()
            lines.append(f'    "{each.key}": ("{digest}", {len(content)}),\n')
            print(f"{each.path.name}: {len(content):,} bytes")
    FACTS.write_text(f"{_HEAD}FACTS = {{\n{''.join(lines)}}}\n")


if __name__ == "__main__":
    main()
