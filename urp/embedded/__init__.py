"""What one machine needs to try and to test the whole service, and the keeper that runs it."""
