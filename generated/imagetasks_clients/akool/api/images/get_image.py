from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ... import errors
from ...types import UNSET, HttpAnswer, Response

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client
    from ...models.image_answer import ImageAnswer


def get_kwargs(
    *,
    image_model_id: str,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["image_model_id"] = image_model_id

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/open/v3/content/image/infobymodelid",
        "params": params,
    }

    return _kwargs


def parse_response(response: HttpAnswer) -> ImageAnswer | None:
    """The typed body of a documented answer; None for any other status."""
    from ...models.image_answer import ImageAnswer

    if response.status_code == 200:
        response_200 = ImageAnswer.from_dict(response.json())

        return response_200

    return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ImageAnswer]:
    parsed = parse_response(response)
    if parsed is None and client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=parsed,
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    image_model_id: str,
) -> Response[ImageAnswer]:
    """Read an image task

     The state of a task, whichever of the three create calls made it. 3 and 4 are terminal. The page
    advises to
    poll from time to time and names no interval; a webhook given at creation makes polling unnecessary.

    Args:
        image_model_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ImageAnswer]
    """

    kwargs = get_kwargs(
        image_model_id=image_model_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    image_model_id: str,
) -> ImageAnswer | None:
    """Read an image task

     The state of a task, whichever of the three create calls made it. 3 and 4 are terminal. The page
    advises to
    poll from time to time and names no interval; a webhook given at creation makes polling unnecessary.

    Args:
        image_model_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ImageAnswer
    """

    return sync_detailed(
        client=client,
        image_model_id=image_model_id,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    image_model_id: str,
) -> Response[ImageAnswer]:
    """Read an image task

     The state of a task, whichever of the three create calls made it. 3 and 4 are terminal. The page
    advises to
    poll from time to time and names no interval; a webhook given at creation makes polling unnecessary.

    Args:
        image_model_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ImageAnswer]
    """

    kwargs = get_kwargs(
        image_model_id=image_model_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    image_model_id: str,
) -> ImageAnswer | None:
    """Read an image task

     The state of a task, whichever of the three create calls made it. 3 and 4 are terminal. The page
    advises to
    poll from time to time and names no interval; a webhook given at creation makes polling unnecessary.

    Args:
        image_model_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ImageAnswer
    """

    return (
        await asyncio_detailed(
            client=client,
            image_model_id=image_model_id,
        )
    ).parsed
