"""httpx2 itself as a caller: for servers whose vendor has no client, or none that is worth its import."""

from collections.abc import Mapping

import httpx2

from pegboard_sdk.http.endpoint import Endpoint
from pegboard_sdk.http.sending import Sending


class Plain:
    """Sends what it is given, and the key as a bearer's."""

    def __init__(self, endpoint: Endpoint, web: httpx2.Client) -> None:
        self._endpoint = endpoint
        self._web = web

    def open(self, sending: Sending, headers: Mapping[str, str], timeout: httpx2.Timeout) -> httpx2.Response:
        """Send a request; see `Caller`."""
        sent = httpx2.Headers({"Authorization": f"Bearer {self._endpoint.key}"} if self._endpoint.key else {})
        if sending.body is not None:
            sent["Content-Type"] = "application/json"
        sent.update(headers)
        url = httpx2.URL(sending.path if "://" in sending.path else self._endpoint.url + sending.path)
        method = "GET" if sending.body is None and sending.upload is None else "POST"
        upload = sending.upload
        asked = self._web.build_request(
            method,
            url.copy_merge_params(dict(self._endpoint.query)),
            content=sending.body,
            files=None if upload is None else {"file": (upload.name, upload.data)},
            data=None if upload is None else upload.fields,
            headers=sent,
            timeout=timeout,
        )
        return self._web.send(asked, stream=True, follow_redirects=False)

    def close(self) -> None:
        """Close it."""
        self._web.close()
