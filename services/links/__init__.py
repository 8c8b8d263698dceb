"""Previews of links: asking the linked sites what they say of themselves."""
