"""The icons: the font of those in buttons, the logo, and those of the installed app."""
