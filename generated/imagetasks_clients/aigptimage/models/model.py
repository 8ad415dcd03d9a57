from enum import StrEnum


class Model(StrEnum):
    GPT_IMAGE_2_IMAGE_TO_IMAGE = "gpt-image-2-image-to-image"
    GPT_IMAGE_2_TEXT_TO_IMAGE = "gpt-image-2-text-to-image"
    SEEDANCE_2_0_FAST_IMAGE_TO_VIDEO = "seedance-2.0-fast-image-to-video"
    SEEDANCE_2_0_FAST_TEXT_TO_VIDEO = "seedance-2.0-fast-text-to-video"
    SEEDANCE_2_0_IMAGE_TO_VIDEO = "seedance-2.0-image-to-video"
    SEEDANCE_2_0_REFERENCE_TO_VIDEO = "seedance-2.0-reference-to-video"
    SEEDANCE_2_0_TEXT_TO_VIDEO = "seedance-2.0-text-to-video"

    @classmethod
    def _missing_(cls, value: object) -> "Model | None":
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
