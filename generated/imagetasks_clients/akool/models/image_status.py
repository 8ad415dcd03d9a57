from enum import IntEnum


class ImageStatus(IntEnum):
    QUEUEING = 1
    PROCESSING = 2
    COMPLETED = 3
    FAILED = 4

    @classmethod
    def _missing_(cls, value: object) -> "ImageStatus | None":
        """Keep a value that the API description does not list, instead of failing on it."""
        if not isinstance(value, int) or isinstance(value, bool):
            return None
        member = int.__new__(cls, value)
        member._name_ = "UNRECOGNIZED"
        member._value_ = value
        return member

    @property
    def is_known(self) -> bool:
        """Whether the API description lists this value."""
        return type(self).__members__.get(self._name_) is self

    def __str__(self) -> str:
        return str(self.value)
