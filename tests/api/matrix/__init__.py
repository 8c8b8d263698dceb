"""Tests of what apps and bots use."""
