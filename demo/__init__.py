"""A small WordPress-shaped news site on loopback, from the standard library alone.

``python -m demo COMMAND…`` runs a command against it; tests start it with :func:`demo.server.serve`
and switch on the misbehaviour they need with :class:`demo.modes.Modes`.
"""
