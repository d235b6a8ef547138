"""The APIs' own JSON to records and back: one codec a module, exact for its own API, explicit for another's."""
