# SPDX-License-Identifier: Apache-2.0
"""The deployment: what Fuel's data mean for this node. How its file looks and who reads it: doc/architecture.rst."""
