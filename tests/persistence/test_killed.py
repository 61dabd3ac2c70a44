"""Servers and their children that are killed while they save; `tests.support.killing` goes on."""

from tests.support.killing import kill_again_and_again

ROUNDS = 8


def test_a_whole_snapshot_is_left_whoever_is_killed():
    assert kill_again_and_again(ROUNDS, seed=1) > ROUNDS
