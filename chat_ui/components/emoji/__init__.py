"""Emoji and stickers: the picker, short codes, and finding them."""
