"""Small messages do not wait for one another."""

import os
import socket

from ui.sockets import send_at_once


def test_connections_there_are_and_will_be_send_at_once_and_stay_open():
    with socket.socket() as listening, open(os.devnull, encoding="utf-8") as other:
        assert listening.proto == 0, "The protocol is not named, as Streamlit leaves it."
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        with socket.create_connection(listening.getsockname()) as early, listening.accept()[0]:
            assert not early.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            send_at_once()
            assert early.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        with socket.create_connection(listening.getsockname()), listening.accept()[0] as later:
            assert later.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert other.read() == ""
