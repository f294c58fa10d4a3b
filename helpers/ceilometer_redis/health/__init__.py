# SPDX-License-Identifier: Apache-2.0
"""How the store, the cluster and the agents are: everything asked once, judged, and shown.

Who imports a module of this room but ranges has proven that python-redis is there and can serve, or gets BadInput.
"""
