"""Who may do what: access marks on views (staff accounts live here too)."""
