"""Which Simple Chat this is."""

VERSION = "0.1.0"
