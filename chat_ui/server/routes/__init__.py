"""Addresses that are no pages: forms, files, pictures, certificates; and what they share."""
