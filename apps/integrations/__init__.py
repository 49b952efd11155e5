"""The wire dialects: one folder per vendor, reached by dotted path."""
