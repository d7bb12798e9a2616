"""How many threads matrix products use in a process of our own."""

from __future__ import annotations

from threadpoolctl import threadpool_limits


def one_thread_for_products() -> None:
    """Keep small matrix products on one thread.

    A question multiplies at most 30 words by 5,000 token vectors, 0.5 ms of work; handing that to threads cost more than it
    saved (a search took 40 ms with two threads and 16 ms with one on a busy two-core machine).
    """
    threadpool_limits(1, user_api="blas")
