"""The player of a voice note, or of another sound: its waveform is the bar on which one seeks.

It is drawn once for everybody; the browser plays, and adds the words and how far it is
(messages/media/player.js).
"""

import htpy as h

from chat_ui.components import html
from services.core.dto import FileView
from services.core.i18n import _
from services.files.decoding.waveform import BARS


def draw(address: str, file: FileView) -> h.Element:
    """Return the player of the sound at this address."""
    return h.div(".player", data_src=address, data_seconds=file.seconds)[
        h.button(".play", type="button", data_action="play")[
            html.icon("play_arrow"), html.icon("pause")
        ],
        h.span(".track", dir="ltr")[
            _wave(file.wave or "0" * BARS),
            h.input(type="range", min="0", max=str(file.seconds), step="any", value="0"),
        ],
        h.span(".length"),
        h.button(".speed", type="button", data_action="speed"),
        _save(address, file) if file.seconds else None,  # others have a card with their name
    ]


def _wave(digits: str) -> h.Element:
    """Return a waveform as a row of centred bars, twice: as a whole, and what has been heard."""
    bars = "".join(
        f"M{3 * at + 1} {10 - height}v{2 * height}"
        for at, height in enumerate(max(int(digit), 0.5) for digit in digits)
    )
    return h.svg(
        ".wave", viewBox=f"0 0 {3 * len(digits)} 20", aria_hidden="true", preserveAspectRatio="none"
    )[h.path(d=bars), h.path(".heard", d=bars)]


def _save(address: str, file: FileView) -> h.Element:
    return h.a(".save", href=f"{address}?save", download=file.name)[
        html.icon("download"), h.span(".visually-hidden", data_says="wordSave")
    ]


def words() -> dict[str, str]:
    """Return the texts that the browser adds to a player, as attributes of the timeline."""
    return {
        "data-word-play": _("Play"),
        "data-word-pause": _("Pause"),
        "data-word-position": _("Position"),
        "data-word-played": _("{time} of {length}"),
        "data-word-speed": _("Speed: {speed}×"),
        "data-word-save": _("Save"),
        "data-word-unplayable": _("This browser can't play it. Save it instead."),
    }


STYLE = """
.player { --heard: 0%; display: flex; align-items: center; gap: 10px; inline-size: min(320px, 66vw); }
.player .play { flex: none; inline-size: 40px; block-size: 40px; border: 0; border-radius: 50%; background: var(--accent); color: var(--on-accent); font-size: var(--icon-l); display: grid; place-items: center; cursor: pointer; }
.player .play:hover { filter: brightness(1.08); }
.player:not(.playing) .play .q-icon:last-child, .player.playing .play .q-icon:first-child { display: none; }
.player .track { flex: 1; min-inline-size: 0; position: relative; display: grid; block-size: 34px; }
.player :is(.wave, input) { grid-area: 1 / 1; inline-size: 100%; block-size: 100%; min-inline-size: 0; margin: 0; }
.player .wave path { stroke: var(--field-line); stroke-width: 2; stroke-linecap: round; fill: none; }
.player .wave .heard { stroke: var(--link); clip-path: inset(-2px calc(100% - var(--heard)) -2px -2px); }
.player input { appearance: none; background: none; cursor: pointer; min-block-size: 0 !important; border-radius: var(--radius-s); }
.player input:disabled { cursor: default; }
.player input:focus-visible { outline: 2px solid var(--ring); }
.player input::-webkit-slider-thumb { appearance: none; inline-size: 4px; block-size: 26px; border-radius: var(--radius-s); background: var(--link); }
.player input::-moz-range-thumb { inline-size: 4px; block-size: 26px; border: 0; border-radius: var(--radius-s); background: var(--link); }
.player .length { font-size: var(--text-xs); color: var(--muted); font-variant-numeric: tabular-nums; white-space: nowrap; }
.player .speed { flex: none; border: 0; border-radius: var(--radius-full); padding: 4px 8px; background: var(--hover); color: inherit; font: 600 var(--text-xs)/1.3 var(--font); cursor: pointer; }
.player .save { color: var(--muted); font-size: var(--icon-s); line-height: 1; flex: none; padding: 4px; margin-inline: -6px -4px; }
.player .save:hover { color: var(--ink); }
.player :is(.play, .speed, .save):focus-visible { outline: 2px solid var(--ring); outline-offset: 2px; }
.player.broken .length { white-space: normal; color: var(--danger); }
.player.broken :is(.track, .speed) { display: none; }
"""
