# SPDX-License-Identifier: Apache-2.0
"""A real Fuel cloud in miniature on one machine: a master, three controllers and what their agents poll.

Every host is a systemd container with its own address on a bridge of the lab's own; nothing is routed to or from it.
"""
