from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="RateLimit")


@_attrs_define
class RateLimit:
    """
    Attributes:
        retry_after (int): How long to wait. The unit is not stated; seconds is inferred, from `windowSeconds` beside it
            and from the
            example, 17 in a window of 60.
        limit (int): The limit that was passed, in calls per window
        tier (str): The tier of the key, one of `x-rate-limits`
        window_seconds (int): The window of the limit, 1 or 60 seconds
    """

    retry_after: int
    limit: int
    tier: str
    window_seconds: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        retry_after = self.retry_after

        limit = self.limit

        tier = self.tier

        window_seconds = self.window_seconds

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "retryAfter": retry_after,
                "limit": limit,
                "tier": tier,
                "windowSeconds": window_seconds,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        retry_after = d.pop("retryAfter")

        limit = d.pop("limit")

        tier = d.pop("tier")

        window_seconds = d.pop("windowSeconds")

        rate_limit = cls(
            retry_after=retry_after,
            limit=limit,
            tier=tier,
            window_seconds=window_seconds,
        )

        rate_limit.additional_properties = d
        return rate_limit

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
