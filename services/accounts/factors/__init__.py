"""What a second factor can be: codes of an app, passkeys, recovery codes, remembered browsers."""
