"""URLs, as httpx reads them: what is sent is what was checked."""

from httpx import URL, InvalidURL

__all__ = ["URL", "InvalidURL"]
