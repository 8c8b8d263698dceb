"""Detect the media type of a file by its first bytes, for what browsers can show.

The file's name and the Content-Type of the upload are ignored: the sender chooses both.
"""

import io
import re
from typing import BinaryIO

from services.files.inspection import mp4

HEAD = 65_536
"""How many bytes from the beginning of a file it takes to recognise it."""

UNKNOWN = "application/octet-stream"
"""A browser saves it, and does not show it (RFC 2046 §4.5.1)."""

PICTURES = {"image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "GIF", "image/webp": "WEBP"}
"""The pictures that are decoded, with Pillow's names of their formats."""

_STARTS = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"fLaC": "audio/flac",
    # Some readers accept it further in. But a file with something before it may be valid in
    # two formats.
    b"%PDF-": "application/pdf",
}
_ENDINGS = {
    "image/jpeg": ("jpg", "jpeg", "jpe", "jfif"),
    "image/png": ("png",),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "audio/flac": ("flac",),
    "audio/wav": ("wav",),
    "audio/mp4": ("m4a", "mp4", "m4b", "3gp", "3g2", "mov"),
    "audio/ogg": ("ogg", "oga", "opus"),
    "audio/webm": ("webm", "weba"),
    "audio/mpeg": ("mp3",),
}
"""By type: the endings of names that fit it, the usual one first."""
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}

# The major brands (ISO/IEC 14496-12 §4.3, https://mp4ra.org) that browsers play, so none of
# HEIC and AVIF pictures. `qt` is from iPhones, and plays as MP4.
_MP4_AUDIO = re.compile(rb".{4}ftypM4[AB] ", re.DOTALL)
_MP4 = re.compile(rb".{4}ftyp(isom|iso[2-9]|mp4[12]|avc1|dash|M4V |MSNV|qt  )", re.DOTALL)
# Of phones. Browsers play it as MP4 unless sound or picture are in a format that only phones know.
_3GP = re.compile(rb".{4}ftyp3g[gpr2][\x20-\x7e]", re.DOTALL)
_3GP_CODECS = {b"mp4a", b"avc1", b"avc3"}

# An ID3v2 tag (https://id3.org/id3v2.3.0 §3.1): its size has seven bits per byte.
_ID3 = re.compile(rb"ID3[\x02-\x04]..[\x00-\x7f]{4}", re.DOTALL)

# The EBML DocType (RFC 8794 §11.2), and the names of WebM's codecs.
_WEBM = re.compile(rb"\x1aE\xdf\xa3.{0,60}\x42\x82\x84webm", re.DOTALL)
_WEBM_VIDEO = re.compile(rb"V_(VP8|VP9|AV1)")
_WEBM_AUDIO = re.compile(rb"A_(OPUS|VORBIS)")

# The first packets of all streams in an Ogg file are at its beginning (RFC 3533 §4).
_OGG_BEGINNING = 4096
_OGG_AUDIO = (b"\x01vorbis", b"OpusHead", b"\x7fFLAC")

# Layer III of MPEG-1, and of MPEG-2 and 2.5, in kbit/s (ISO/IEC 11172-3 §2.4.2.3 and
# 13818-3 §2.4.2.3), without "free" and "forbidden".
_RATES_1 = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_RATES_2 = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_SAMPLES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


def fitting(name: str, media_type: str) -> str:
    """Return a file's name with an ending that fits its media type; one of another type as it is.

    Systems go by the ending when they open a file: one that says something else than what the
    file was shown as would be run as that. Some ignore dots and spaces at its end.
    """
    endings = _ENDINGS.get(media_type)
    if endings is None or name.lower().rpartition(".")[2] in endings:
        return name
    return f"{name.rstrip('. ')}.{endings[0]}"


def recognise(head: bytes, file: BinaryIO | None = None) -> str:
    """Return the media type of a file with these first `HEAD` bytes, or `UNKNOWN`.

    Of an MP4 more may be read of the `file`, if there is one: its tracks may be listed at the end.
    Text is `UNKNOWN`, too: it takes the whole file to recognise it.
    """
    for start, media_type in _STARTS.items():
        if head.startswith(start):
            return media_type
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12], UNKNOWN)
    if _MP4_AUDIO.match(head):
        return "audio/mp4"
    if _MP4.match(head) or _3GP.match(head):
        return _mp4(mp4.tracks(file or io.BytesIO(head)), is_3gp=bool(_3GP.match(head)))
    if head.startswith(b"OggS"):
        return _ogg(head[:_OGG_BEGINNING])
    if _WEBM.match(head):
        return _webm(head)
    return "audio/mpeg" if _ID3.match(head) or _is_mp3(head) else UNKNOWN


def _mp4(tracks: list[mp4.Track], *, is_3gp: bool) -> str:
    sounds = [track for track in tracks if track.handler == b"soun"]
    pictures = [track for track in tracks if track.handler == b"vide"]
    if is_3gp and not {track.codec for track in sounds + pictures} <= _3GP_CODECS:
        return UNKNOWN
    # The cover of a song is a track, too, in some files.
    if sounds and all(track.is_still for track in pictures):
        return "audio/mp4"
    return "video/mp4"


def _webm(head: bytes) -> str:
    if _WEBM_VIDEO.search(head):
        return "video/webm"
    return "audio/webm" if _WEBM_AUDIO.search(head) else UNKNOWN


def _ogg(beginning: bytes) -> str:
    if b"\x80theora" in beginning:
        return "video/ogg"
    return "audio/ogg" if any(start in beginning for start in _OGG_AUDIO) else UNKNOWN


def _is_mp3(head: bytes) -> bool:
    """Return whether `head` begins with a frame, followed by another of the same kind."""
    length = _mp3_frame(head)
    following = head[length : length + 4]
    # The same version, layer and sampling rate; bit rate and padding may change.
    return (
        length > 0
        and _mp3_frame(following) > 0
        and (head[1], head[2] & 0x0C) == (following[1], following[2] & 0x0C)
    )


def _mp3_frame(header: bytes) -> int:
    """Return the length in bytes of the Layer III frame that has this header, or 0."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return 0
    version = header[1] >> 3 & 3
    rate, sampling = header[2] >> 4, header[2] >> 2 & 3
    if version not in _SAMPLES or rate in (0, 15) or sampling == 3:
        return 0
    rates, slots = (_RATES_1, 144_000) if version == 3 else (_RATES_2, 72_000)
    return slots * rates[rate - 1] // _SAMPLES[version][sampling] + (header[2] >> 1 & 1)
