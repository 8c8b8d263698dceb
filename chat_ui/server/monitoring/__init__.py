"""Figures of the server for Prometheus, at `/metrics`."""
