"""The version of Simple Chat."""

VERSION = "0.1.0"
