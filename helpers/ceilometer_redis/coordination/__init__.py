# SPDX-License-Identifier: Apache-2.0
"""How agents coordinate: the URL of their store, tooz and its drivers, the meters that they share."""
