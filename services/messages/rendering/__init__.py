"""The text of a message as HTML: Markdown, code, math and mentions."""
