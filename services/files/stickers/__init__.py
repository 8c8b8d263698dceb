"""Stickers: making, sharing and sending them."""
