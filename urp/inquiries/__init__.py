"""Questions (richieste): asked on the web, routed to an office, followed by their author."""
