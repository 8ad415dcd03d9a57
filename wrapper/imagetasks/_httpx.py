"""What the library's own signatures name of httpx. A URL that is checked is the one that is sent."""

from httpx import URL, AsyncBaseTransport, BaseTransport, InvalidURL

__all__ = ["URL", "AsyncBaseTransport", "BaseTransport", "InvalidURL"]
