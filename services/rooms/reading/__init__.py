"""How far people have read: what counts as unread, and who sees receipts."""
