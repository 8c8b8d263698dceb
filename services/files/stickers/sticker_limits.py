"""How large stickers may be, and the pictures that they are made of.

`services/files/decoding/worker.py` makes them, outside the server.
"""

MAX_SIDE = 320
"""Pixels of the longer side: shown at half of that, on a screen with two dots to a pixel."""
SIZES = ((MAX_SIDE, 80), (240, 60), (160, 40))
"""Longest side and quality, in the order in which they are tried until it is small enough."""
MAX_BYTES = 512 * 1024
MAX_FRAMES = 200
MAX_TOTAL_PIXELS = 200_000_000
"""In all frames of an animation: decoding them takes some two seconds."""
