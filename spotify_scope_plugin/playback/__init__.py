"""What is playing, and at which position.

A source of music is a class with the one method of `player.Player`: `read()`, which says what plays. Whatever
else a source can do is a protocol of its own in `player.py`: tell what comes next (`QueueingPlayer`), notice
news by itself (`NoticingPlayer`). To add one:

1. Write it as one file: in `local/` for players on this computer, in `remote/` for other computers, in a folder of
   its own for a service. It may block, and raises the errors of `player.py`, whose sentences the user reads.
2. Name it in `sources.py`, with a pace and its place in the line.

Everything else is there: `source.py` asks it and keeps what it knows, `clock.py` makes a steady position of its
answers, `snapshot.py` lays out in time what follows, and `watcher.py` is the one thread that asks.
"""
