"""Chaos: a real stack under random faults, and a checker that finds out whether the promises held.

`python -m tests.chaos --tasks 2000 --seeds 1,2,3`, or `make chaos`. A run has four parts:

- `project`: a Django project whose tasks append to a journal and leave traces of their attempt in all that they write;
- `clients`: threads that start tasks through REST and cancel some;
- `faults`: what breaks meanwhile, by a seeded choice;
- `checker`: what is wrong afterwards, by the journal and the database alone.
"""
