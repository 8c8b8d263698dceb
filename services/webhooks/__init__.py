"""Webhooks: addresses at which programs post to a room."""
