"""What every page shares: forms, drafts, headers, language, limits, error pages."""
