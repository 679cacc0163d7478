"""The official clients as a transport. Importing a client takes a second (OpenAI's) or two (Anthropic's) of CPU, so it
is imported when it is first asked for.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import httpx2

from claw.events.content import Api
from claw.providers.transport import TIMEOUT, Endpoint, StatusError

OF_ACCOUNTS = ("authorization", "openai-organization", "openai-project")
"""Headers that a client takes from the process's environment where it is given none."""


class SdkTransport:
    """One client of the API's own package. It gets its credentials from the endpoint and from nowhere else."""

    def __init__(self, api: Api, endpoint: Endpoint) -> None:
        """Raises RouteUnusable for a proxy that cannot be used."""
        self._sdk = _package(api)
        options: dict[str, Any] = {
            "api_key": "in the headers",
            "base_url": endpoint.base_url,
            "timeout": TIMEOUT,
            "max_retries": 0,
            "http_client": endpoint.route.client(TIMEOUT),
        }
        if api == "anthropic":
            self._client: Any = self._sdk.AsyncAnthropic(**options, open_telemetry=False)
            self._options: dict[str, Any] = {}
        else:
            self._client = self._sdk.AsyncOpenAI(**options, admin_api_key="", _enforce_credentials=False)
            self._options = {"security": {"bearer_auth": True}}
        nobody = dict.fromkeys(OF_ACCOUNTS, self._sdk.Omit())
        self._headers = {**nobody, **endpoint.headers}

    async def post(self, path: str, body: dict[str, Any], headers: Mapping[str, str]) -> httpx2.Response:
        options = {**self._options, "headers": {**self._headers, **headers}, "follow_redirects": False}
        try:
            response: httpx2.Response = await self._client.post(
                path, body=body, cast_to=httpx2.Response, options=options, stream=True
            )
        except self._sdk.APIStatusError as error:
            raise StatusError(error.status_code, error.response.headers, error.body) from error
        except self._sdk.APITimeoutError as error:
            raise httpx2.ReadTimeout(str(error)) from error
        except self._sdk.APIConnectionError as error:
            raise httpx2.ConnectError(str(error)) from error
        except self._sdk.APIError as error:
            raise ValueError(str(error)) from error
        return response

    async def close(self) -> None:
        await self._client.close()


def _package(api: Api) -> ModuleType:
    return importlib.import_module("anthropic") if api == "anthropic" else importlib.import_module("openai")
