"""The ground floor: database, clock, events, errors, references and contacts."""
