"""The peers that the chat is compared with, each written or set up as its own documentation does.

    python -m benchmarks.peers bare|paper|example|empty PORT FOLDER

starts one that is written in Python; `prosody` and `ngircd` are separate programs. The bare ones do
as little as possible, so that the ratio is the price of everything else that the chat does; the
others are what one would use or write instead.
"""
