from enum import StrEnum


class ImageModel(StrEnum):
    GOOGLE_NANO_BANANA = "google/nano-banana"
    GPT_IMAGE_2 = "gpt-image-2"
    NANO_BANANA_2 = "nano-banana-2"
    NANO_BANANA_PRO = "nano-banana-pro"

    @classmethod
    def _missing_(cls, value: object) -> "ImageModel | None":
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
