"""The Scope preprocessor. Only `pipeline`, `schema` and `frames` need the host and torch."""
