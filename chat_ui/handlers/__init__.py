"""What people do on a page, by what they do it to.

Every handler goes the same three steps: read what the browser sent, call one service, show
how it went. Who may do what is for the service to say.
"""
