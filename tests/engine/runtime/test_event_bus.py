from __future__ import annotations

import threading

from engine.contract.events import CommandFinished, ModelFetched
from engine.runtime.event_bus import EventBus


def test_every_listener_hears_every_event_in_one_order():
    bus, heard = EventBus(), [[], []]
    for box in heard:
        bus.subscribe(box.append)

    def publish(name):
        for number in range(200):
            bus.publish(ModelFetched(model_id=f"{name}{number}"))

    threads = [threading.Thread(target=publish, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(heard[0]) == 400
    assert heard[0] == heard[1]


def test_unsubscribing_ends_it_and_may_be_done_twice():
    bus, heard = EventBus(), []
    unsubscribe = bus.subscribe(heard.append)
    bus.publish(CommandFinished())

    unsubscribe()
    unsubscribe()
    bus.publish(CommandFinished())

    assert len(heard) == 1


def test_a_broken_listener_does_not_silence_the_others(caplog):
    bus, heard = EventBus(), []

    def broken(_):
        raise KeyError("face")

    bus.subscribe(broken)
    bus.subscribe(heard.append)

    bus.publish(CommandFinished())

    assert len(heard) == 1
    assert "a listener failed on CommandFinished" in caplog.text
