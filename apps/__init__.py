"""The marketplace's apps, from the pages down to the core: see docs/architecture.md."""
