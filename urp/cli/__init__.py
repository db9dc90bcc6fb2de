"""The commands of `flask --app wsgi …`, one module for each group."""
