"""Parts that several pages use: forms, dialogs, avatars, menus."""
