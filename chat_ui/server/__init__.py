"""The server: command line, routes, middleware, websockets and static files."""
