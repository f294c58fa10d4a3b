# SPDX-License-Identifier: Apache-2.0
"""What somebody types or a daemon calls, one module per command: parse, call, print."""
