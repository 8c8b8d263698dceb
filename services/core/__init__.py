"""What every service uses: errors, events, settings, translations, text, rate limits."""
