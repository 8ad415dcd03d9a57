"""What goes wrong with the mock itself. What a vendor refuses is an answer, not an error."""


class MockError(Exception):
    """The mock cannot do what it was asked to; one sentence says why."""
