"""People at a page without a browser: connections that speak as the browser does."""

from __future__ import annotations

import asyncio
import json
import time

from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

PATIENCE = 60.0  # seconds for an answer
FINISHED = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)


def visit(url: str) -> connect:
    """Connect as the browser does."""
    address = url.replace("http", "ws", 1) + "/_stcore/stream"
    return connect(address, subprotocols=["streamlit"], max_size=None, origin=url)


class Visitor:
    """Somebody at a page, with what has come of the front end that is ``shown`` and of the page's texts."""

    def __init__(self, socket: ClientConnection, page: str = "", shown: str = "stepper") -> None:
        self.socket, self.page, self.shown = socket, page, shown
        self.hash, self.query, self.text = "", "", ""
        self.controls, self.fragment = "", ""  # what a change is told to, and which part of the page it runs
        self.clock = ""  # the part of the page that runs again and again
        self.data: str | bytes = ""
        self.serial = 0

    async def open(self, query: str = "") -> None:
        """Have the page come."""
        self.query = query
        await self._ask(BackMsg())

    async def change(self, setting: str, value: int) -> tuple[float, float]:
        """Move a slider, and give the milliseconds to the new picture's data and to the script's end."""
        self.serial += 1
        before = self.data
        message = BackMsg()
        message.rerun_script.fragment_id = self.fragment
        told = message.rerun_script.widget_states.widgets.add()
        told.id = _make_trigger_id(self.controls, "events")
        changes = {"serial": self.serial, "changes": [[setting, str(value)]]}
        told.json_trigger_value = json.dumps([{"event": "changes", "value": changes}])
        seen, whole = await self._ask(message)
        assert self.data != before, "The change was not taken."
        return seen, whole

    async def look(self) -> None:
        """Have the part come that runs again and again."""
        message = BackMsg()
        message.rerun_script.fragment_id = self.clock
        message.rerun_script.is_auto_rerun = True
        await self._ask(message)

    async def _ask(self, message: BackMsg) -> tuple[float, float]:
        asked = message.rerun_script
        asked.query_string, asked.page_script_hash = self.query, self.hash
        asked.page_name = "" if self.hash else self.page
        start = time.perf_counter()
        await self.socket.send(message.SerializeToString())
        seen = 0.0
        while True:
            answer = ForwardMsg()
            answer.ParseFromString(await asyncio.wait_for(self.socket.recv(), PATIENCE))
            if self._takes(answer):
                seen = 1000 * (time.perf_counter() - start)
            if answer.HasField("script_finished") and answer.script_finished in FINISHED:
                return seen, 1000 * (time.perf_counter() - start)

    def _takes(self, answer: ForwardMsg) -> bool:
        """Keep what the next question needs, and tell whether the picture's new data has come."""
        if answer.HasField("new_session"):
            self.hash = answer.new_session.page_script_hash
        if answer.HasField("navigation"):
            self.hash = answer.navigation.page_script_hash
        if answer.HasField("page_info_changed"):
            self.query = answer.page_info_changed.query_string
        if answer.HasField("auto_rerun"):
            self.clock = answer.auto_rerun.fragment_id
        element = answer.delta.new_element
        if element.HasField("text"):
            self.text = element.text.body
        component = element.bidi_component
        if component.component_name.endswith("controls"):
            self.controls, self.fragment = component.id, answer.delta.fragment_id
        told = component.json or component.bytes
        if component.component_name.endswith(self.shown) and told != self.data:
            self.data = told
            return True
        return False
