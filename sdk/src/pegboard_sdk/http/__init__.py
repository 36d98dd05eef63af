"""For authors of providers that are asked over HTTP: from a user's settings to the deltas of an answer.

Needs the extra `http` of the SDK. httpx2 and the vendor's own client are imported when the first request is made ready,
never by importing these names; nothing else of the SDK imports this package.
"""

from pegboard_sdk.http.asking import persist
from pegboard_sdk.http.caller import Call, Caller
from pegboard_sdk.http.dialogs import BlobMissing, Course, Dialogs
from pegboard_sdk.http.endpoint import LOOPBACK, Endpoint, Service, endpoint_from, is_configured, text_of
from pegboard_sdk.http.exchange import Exchange, fetched
from pegboard_sdk.http.fault import BAD_JSON, Fault, Reported, fault_of
from pegboard_sdk.http.lifeline import Lifeline
from pegboard_sdk.http.lines import Lines
from pegboard_sdk.http.reading import Reading
from pegboard_sdk.http.refusal import Refusal, spent, too_long
from pegboard_sdk.http.saying import MARKS, NO_OUTPUT, NO_RESULT, is_object
from pegboard_sdk.http.sending import Sending, Upload
from pegboard_sdk.http.station import Station

__all__ = [
    "BAD_JSON",
    "LOOPBACK",
    "MARKS",
    "NO_OUTPUT",
    "NO_RESULT",
    "BlobMissing",
    "Call",
    "Caller",
    "Course",
    "Dialogs",
    "Endpoint",
    "Exchange",
    "Fault",
    "Lifeline",
    "Lines",
    "Reading",
    "Refusal",
    "Reported",
    "Sending",
    "Service",
    "Station",
    "Upload",
    "endpoint_from",
    "fault_of",
    "fetched",
    "is_configured",
    "is_object",
    "persist",
    "spent",
    "text_of",
    "too_long",
]
