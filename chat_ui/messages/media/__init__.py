"""What a message has beside its text: files, pictures, sounds, previews of links."""
