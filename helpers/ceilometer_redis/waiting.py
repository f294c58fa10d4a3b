# SPDX-License-Identifier: Apache-2.0
"""Waiting for what comes later, for several answers at once, and for a program no longer than it may take."""

import signal
import threading
import time
from multiprocessing import dummy as threads

from ceilometer_redis import clock
from ceilometer_redis.errors import NotDone

#: The return code of a bounded command that took too long: timeout is one of those that it kills.
OVERDUE = -signal.SIGKILL


def wait_for(condition, seconds, what):
    """Return the first true value of condition(), asked again and again.

    Args:
        condition: A function without arguments.
        seconds: How long to go on.
        what: What is waited for, as the error names it.

    Raises:
        NotDone: It was not true in time.
    """
    deadline = clock.uptime() + seconds
    while True:
        value = condition()
        if value:
            return value
        if clock.uptime() > deadline:
            raise NotDone('%s: not within %d s' % (what, seconds))
        time.sleep(0.2)


def in_parallel(questions):
    """Return what each question, a function without arguments, comes to; all are asked at once.

    One after another, those that are off cost a redis server that starts 4.5 s. The sentinels, which start beside it,
    took every server for down after 5 s, had none to promote, and tried again after 30 s (redis 7.0, three controllers
    that came back from a loss of power without the master's).
    """
    pool = threads.Pool(len(questions))
    try:
        return pool.map(lambda ask: ask(), questions)
    finally:
        pool.terminate()


def bounded(command, seconds):
    """Return the words of a command that is killed, with all that it started, when it takes longer than some seconds.

    By coreutils' timeout, as communicate() of Python 2.7 waits for ever. At once by KILL, which what hangs cannot miss.
    """
    return ['timeout', '--signal=KILL', str(seconds)] + command


def within(seconds, questions):
    """Return what each question, a function without arguments, comes to; None of one that has no answer in time.

    All are asked at once. A thread whose answer comes later is left behind, and ends with the program.

    Args:
        seconds: How long to wait for all of them.
        questions: The functions. One that raises an error ends this one with it.
    """
    answers, errors = [None] * len(questions), []

    def ask(number):
        try:
            answers[number] = questions[number]()
        except Exception as error:
            errors.append(error)

    asking = [threading.Thread(target=ask, args=(number,)) for number in range(len(questions))]
    deadline = clock.uptime() + seconds
    for thread in asking:
        thread.daemon = True
        thread.start()
    for thread in asking:
        thread.join(max(0, deadline - clock.uptime()))
    if errors:
        raise errors[0]
    return list(answers)
