"""A small believable marketplace: the data, and the functions that make it once.

Everything is made through the services that pages and the admin use. What exists is left as it
is, so that edits survive the next start; only the demo app's addresses follow the environment.
"""
