"""What we compare ourselves with, each written or set up as its own documentation does.

    python -m benchmarks.peers bare|paper|example|empty PORT FOLDER

starts one that is written in Python; `prosody` and `ngircd` are programs of their own. The bare
ones do the least that can be called the same thing, so that the ratio is the price of everything
that the chat does besides; the others are what one would have used or written instead.
"""
