"""Web Push: notifications on devices whose page is not open."""
