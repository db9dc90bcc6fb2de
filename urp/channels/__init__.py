"""The office's own mailboxes, certified (PEC) and ordinary (PEO), and the choice between them."""
