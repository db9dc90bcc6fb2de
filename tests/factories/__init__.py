"""Characters and acts that tests share."""
