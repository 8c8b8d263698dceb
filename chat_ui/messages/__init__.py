"""A message on the page: its bubble, menu, dialogs and what people do with it."""
