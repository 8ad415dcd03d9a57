from enum import IntEnum


class BusinessCode(IntEnum):
    OK = 1000
    PARAMETER_ERROR = 1003
    VERIFICATION_REQUIRED = 1004
    TOO_FREQUENT = 1005
    QUOTA_NOT_ENOUGH = 1006
    CONTENT_NOT_FOUND = 1008
    NO_PERMISSION = 1009
    CANNOT_OPERATE = 1010
    ALREADY_PROCESSED = 1011
    RESOURCE_NOT_FOUND = 1014
    INVALID_AUTHORIZATION = 1101
    AUTHORIZATION_EMPTY = 1102
    PAYMENT_DUE = 1103
    INSUFFICIENT_CREDIT = 1104
    IMAGE_GENERATE_ERROR = 1108
    ACCOUNT_NOT_FOUND = 1109
    ACCOUNT_BANNED = 1200
    SUBSCRIPTION_NEEDED_1213 = 1213
    SUBSCRIPTION_NEEDED_1221 = 1221
    RESOURCE_EXISTS = 1222

    @classmethod
    def _missing_(cls, value: object) -> "BusinessCode | None":
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
