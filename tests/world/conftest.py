"""What all tests of the world may use: a real WordPress."""

from __future__ import annotations

from tests.world.wordpress.fixtures import wordpress, wordpress_installed, wordpress_site

__all__ = ["wordpress", "wordpress_installed", "wordpress_site"]
