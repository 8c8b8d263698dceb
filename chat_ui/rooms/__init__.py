"""A room on the page: sidebar, timeline, composer, members and settings."""
