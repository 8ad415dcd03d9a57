"""The version, read from here by the build too: where the package was merely copied, there is no metadata to ask."""

__version__ = "0.1.0"
