"""
A mock of all vendors that remembers its tasks.

    with imagetasks_mock.serve(speed=0) as mock:
        client = imagetasks.Client({"akool": mock.access("akool")})
        ...
        mock.clock.advance(30)
"""

from ._errors import MockError
from ._mock import Mock, Options, main, serve

__all__ = ["Mock", "MockError", "Options", "main", "serve"]
