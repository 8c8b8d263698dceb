"""The logo of the chat: two speech bubbles."""

LOGO = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48" role="img" aria-label="Simple Chat">
<rect x="3" y="5" width="30" height="23" rx="9" fill="#4c56d6"/>
<path d="M10 26v9l9-8z" fill="#4c56d6"/>
<rect x="17" y="18" width="28" height="20" rx="8" fill="#8f97ff"/>
<path d="M38 36v8l-9-7z" fill="#8f97ff"/>
<circle cx="25" cy="28" r="2" fill="#fff"/><circle cx="31" cy="28" r="2" fill="#fff"/><circle cx="37" cy="28" r="2" fill="#fff"/>
</svg>"""
