"""Notifications on devices whose page is not open: Web Push, and the push gateways of apps."""
