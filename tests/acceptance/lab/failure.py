# SPDX-License-Identifier: Apache-2.0
"""The one error the lab ends with."""


class Failure(Exception):
    """The lab cannot go on; the message is one clear line (and, for a command on a host, its last output)."""
