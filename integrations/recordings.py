"""How does a recording get to who may hear it? Piece by piece from Daktela, with a line in the log of who listened.

The browser sees neither Daktela's address nor its token (threat 17), and asks us again for every piece.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import cast

from crm.models import Activity, User
from integrations.clock import now
from integrations.connectors.base import Connector
from integrations.connectors.daktela.connector import Daktela
from integrations.connectors.daktela.recordings import Recording
from integrations.connectors.errors import ConfigurationError, ConnectorError, RecordGone
from integrations.models import Connection, Playback

log = logging.getLogger(__name__)
DEADLINE_SECONDS = 20.0  # of one piece
ONE_LISTENING = timedelta(minutes=15)  # of many pieces, one line
SOUND = re.compile(r"audio/[a-z0-9][a-z0-9.+-]{0,40}")

SWITCHED_OFF = "The Daktela this call came by is not connected any more, so its recording cannot be fetched."
NOT_THERE = "There is no recording of this call, or not yet: Daktela may need some minutes. Try again later."
AWAY = "Daktela cannot be asked for the recording just now. Try again in a minute."
BROKEN = "Daktela does not give us this recording. Your administrator can see why under Manage > Integrations."


class NotPlayed(Exception):
    """Why there is nothing to hear, in words for who wanted to; `status` is that of the answer."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


def play(activity: Activity, by: User, wanted: str = "") -> Recording:
    """The recording of an activity this user may hear; `wanted` is the Range header. Raises NotPlayed.

    Whoever reads `chunks` closes them: a connection hangs on it.
    """
    connection = Connection.objects.serving(activity.source)
    if connection is None or connection.connector != Daktela.slug or not activity.activity_id:
        raise NotPlayed(SWITCHED_OFF, 404)
    note(activity, by)
    try:
        return _opened(connection, activity.activity_id, wanted)
    except RecordGone as error:
        raise NotPlayed(NOT_THERE, 404) from error
    except ConfigurationError as error:
        raise NotPlayed(BROKEN, 502) from error
    except ConnectorError as error:
        raise NotPlayed(AWAY, 503) from error


def note(activity: Activity, by: User) -> None:
    """A line for this listening, unless it goes on: a player asks for many pieces, and for some of them again."""
    recent = Playback.objects.filter(activity=activity, user=by, played_at__gt=now() - ONE_LISTENING)
    if not recent.exists():
        Playback.objects.create(activity=activity, user=by)
        log.info("recording played", extra={"user": by.pk, "activity": activity.pk})


def _opened(connection: Connection, activity_id: str, wanted: str) -> Recording:
    daktela = cast(Daktela, connection.open(deadline_seconds=DEADLINE_SECONDS))
    try:
        found = daktela.recording(activity_id, wanted)
        if found.status != 416 and not SOUND.fullmatch(found.headers.get("Content-Type", "")):
            raise ConfigurationError("Daktela sent something else than a sound.")
    except BaseException:
        daktela.close()
        raise
    return Recording(found.status, found.headers, _closing(daktela, found.chunks))


def _closing(daktela: Connector, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """A recording that breaks off ends early: the player sees that something is missing, and asks for the rest."""
    with daktela:
        try:
            yield from chunks
        except ConnectorError as error:
            log.warning("recording broke off", extra={"reason": str(error)})
