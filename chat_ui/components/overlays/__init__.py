"""What opens over a page: dialogs, menus, panels, pictures in full size, toasts."""
