from enum import StrEnum


class VideoModel(StrEnum):
    HAILUO_02_IMAGE_TO_VIDEO_PRO = "hailuo/02-image-to-video-pro"
    HAILUO_02_IMAGE_TO_VIDEO_STANDARD = "hailuo/02-image-to-video-standard"
    HAILUO_02_TEXT_TO_VIDEO_PRO = "hailuo/02-text-to-video-pro"
    HAILUO_02_TEXT_TO_VIDEO_STANDARD = "hailuo/02-text-to-video-standard"
    KLING_V2_1_MASTER_TEXT_TO_VIDEO = "kling/v2-1-master-text-to-video"
    KLING_V2_1_PRO = "kling/v2-1-pro"
    KLING_V2_1_STANDARD = "kling/v2-1-standard"
    SEEDANCE_1_5_PRO = "bytedance/seedance-1.5-pro"
    SORA_2_IMAGE_TO_VIDEO = "sora-2-image-to-video"
    SORA_2_PRO_TEXT_TO_VIDEO = "sora-2-pro-text-to-video"
    SORA_2_TEXT_TO_VIDEO = "sora-2-text-to-video"
    VEO3 = "veo3"
    VEO3_FAST = "veo3_fast"
    VEO3_LITE = "veo3_lite"
    WAN_2_6_IMAGE_TO_VIDEO = "wan/2-6-image-to-video"
    WAN_2_6_TEXT_TO_VIDEO = "wan/2-6-text-to-video"

    @classmethod
    def _missing_(cls, value: object) -> "VideoModel | None":
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
