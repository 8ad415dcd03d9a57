"""What is booked once it is written."""

from __future__ import annotations

from concurrent.futures import Future

import pytest
from imagetasks._submitting.bookkeeper import _then


def test_what_is_being_written_cannot_be_called_back() -> None:
    written: Future[None] = Future()
    booked: list[bool] = []
    done = _then(written, lambda: booked.append(True))
    assert not done.cancel()
    written.set_result(None)
    done.result(timeout=0)
    assert booked == [True]


def test_what_could_not_be_written_is_not_booked() -> None:
    written: Future[None] = Future()
    done = _then(written, lambda: pytest.fail("it is booked"))
    written.set_exception(OSError("the disk is full"))
    with pytest.raises(OSError, match="full"):
        done.result(timeout=0)


def test_who_waits_hears_of_a_booking_that_failed() -> None:
    written: Future[None] = Future()

    def book() -> None:
        raise RuntimeError("the books are closed")

    done = _then(written, book)
    written.set_result(None)
    with pytest.raises(RuntimeError, match="closed"):
        done.result(timeout=0)
