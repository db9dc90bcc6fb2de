"""Home and information pages, and the frame around every page."""
