"""Makes the fixtures of the real WordPress known to the tests of this folder."""

from tests.wordpress.fixtures import wordpress, wordpress_installed, wordpress_site

__all__ = ["wordpress", "wordpress_installed", "wordpress_site"]
