from enum import StrEnum


class Button(StrEnum):
    U1 = "U1"
    U2 = "U2"
    U3 = "U3"
    U4 = "U4"
    V1 = "V1"
    V2 = "V2"
    V3 = "V3"
    V4 = "V4"

    @classmethod
    def _missing_(cls, value: object) -> "Button | None":
        """Keep a value that the API description does not list, instead of failing on it."""
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = "UNRECOGNIZED"
        member._value_ = value
        return member

    @property
    def is_known(self) -> bool:
        """Whether the API description lists this value."""
        return type(self).__members__.get(self._name_) is self

    def __str__(self) -> str:
        return str(self.value)
