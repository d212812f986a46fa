"""Memory for batches: allocated once, used again, page-locked as a whole, never shared by two batches at a time."""

import gc
import logging
import mmap
import threading

import numpy as np

from app.analysis.runtime.host_buffers import HostBuffers, Slot

OUTPUTS = {"probabilities": (3,), "attention": (4, 4), "out_of_domain": ()}


def batch(count, side=5):
    return np.zeros((count, side, side, 3), np.uint8)


def test_what_lies_in_a_slot_has_pages_of_its_own_and_does_not_overlap():
    slot = Slot((5, 5, 3), OUTPUTS, 7)
    assert slot.memory.ctypes.data % mmap.PAGESIZE == 0 and slot.memory.nbytes % mmap.PAGESIZE == 0
    assert slot.tiles.shape == (7, 5, 5, 3) and slot.outputs["attention"].shape == (7, 4, 4)
    assert slot.outputs["out_of_domain"].shape == (7,)
    for number, array in enumerate([slot.tiles, *slot.outputs.values()], 1):
        assert np.shares_memory(array, slot.memory) and array.flags.c_contiguous
        array[:] = number
    assert [int(a.min()) for a in (slot.tiles, *slot.outputs.values())] == [1, 2, 3, 4]
    assert [int(a.max()) for a in (slot.tiles, *slot.outputs.values())] == [1, 2, 3, 4]


def test_batches_one_after_the_other_use_the_same_memory():
    buffers = HostBuffers(2, OUTPUTS)
    seen = set()
    for count in (8, 3, 8, 1, 8):
        with buffers.slot(batch(count)) as slot:
            seen.add(slot.memory.ctypes.data)
    assert len(seen) == 1 and buffers.made == 1
    with buffers.slot(batch(9)) as slot:
        assert slot.room == 9
    assert buffers.made == 2, "a larger batch needs more room"
    with buffers.slot(batch(2, side=6)) as slot:
        assert slot.tiles.shape[1:] == (6, 6, 3)


def test_so_many_batches_at_a_time_and_the_next_one_waits():
    buffers, third = HostBuffers(2, OUTPUTS), threading.Event()

    def take():
        with buffers.slot(batch(4)):
            third.set()

    with buffers.slot(batch(4)) as one:
        with buffers.slot(batch(4)) as two:
            assert not np.shares_memory(one.memory, two.memory)
            thread = threading.Thread(target=take)
            thread.start()
            assert not third.wait(0.05)
        assert third.wait(5)
        thread.join()
    assert buffers.made == 2


def test_a_batch_that_fails_gives_its_memory_back():
    buffers = HostBuffers(1, OUTPUTS)
    for _ in range(3):
        try:
            with buffers.slot(batch(4)):
                raise ValueError
        except ValueError:
            pass
    with buffers.slot(batch(4)):
        assert buffers.made == 1


def test_memory_is_locked_once_and_unlocked_before_it_is_given_up():
    events = []

    def lock(memory):
        events.append(("lock", memory.ctypes.data, memory.nbytes))
        return ""

    buffers = HostBuffers(1, OUTPUTS, lock, lambda memory: events.append(("unlock", memory.ctypes.data, memory.nbytes)))
    for count in (4, 4, 2, 100):
        with buffers.slot(batch(count)) as slot:
            assert slot.locked
    buffers.close()
    assert [event[0] for event in events] == ["lock", "unlock", "lock", "unlock"]
    assert events[0][1:] == events[1][1:] and events[2][1:] == events[3][1:]


class Counting:
    """Counts what is locked and unlocked, by address."""

    def __init__(self):
        self.locked, self.unlocked = [], []

    def lock(self, memory):
        self.locked.append(memory.ctypes.data)
        return ""

    def unlock(self, memory):
        self.unlocked.append(memory.ctypes.data)


def test_memory_of_buffers_that_nobody_holds_any_more_is_unlocked():
    pages = Counting()
    buffers = HostBuffers(2, OUTPUTS, pages.lock, pages.unlock)
    with buffers.slot(batch(4)), buffers.slot(batch(4)):
        pass
    assert len(pages.locked) == 2 and not pages.unlocked
    del buffers
    gc.collect()
    assert sorted(pages.unlocked) == sorted(pages.locked)


def test_a_slot_in_use_is_unlocked_when_its_batch_is_done_and_once():
    pages = Counting()
    buffers = HostBuffers(2, OUTPUTS, pages.lock, pages.unlock)
    with buffers.slot(batch(4)) as slot:
        with buffers.slot(batch(4)):
            pass
        buffers.close()
        assert len(pages.unlocked) == 1 and slot.locked, "the idle one at once"
    assert sorted(pages.unlocked) == sorted(pages.locked) and not slot.locked
    with buffers.slot(batch(4)):
        pass
    assert len(pages.locked) == 3, "a late batch still finds room"
    del buffers, slot
    gc.collect()
    assert len(pages.unlocked) == 3, "none twice"


def test_memory_that_cannot_be_locked_is_used_all_the_same_and_that_is_logged_once(caplog):
    def never(memory):
        raise AssertionError("was never locked")

    buffers = HostBuffers(2, OUTPUTS, lambda memory: "the limit is reached", never)
    with caplog.at_level(logging.WARNING):
        for count in (4, 8, 16):
            with buffers.slot(batch(count)) as slot:
                assert not slot.locked
    buffers.close()
    assert [record.getMessage() for record in caplog.records if "limit is reached" in record.getMessage()] != []
    assert len(caplog.records) == 1
