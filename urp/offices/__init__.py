"""The office itself: who it is, its offices, topics, request types and ready answers."""
