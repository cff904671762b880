"""The database that people browse, ``corpus.sqlite``: derived, made step by step, read by pages."""
