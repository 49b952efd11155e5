"""Settings: ``base`` is the same everywhere, ``environment`` adds what the environment decides.

``local`` (the embedded default), ``production`` and ``test`` are the three that processes name.
"""
