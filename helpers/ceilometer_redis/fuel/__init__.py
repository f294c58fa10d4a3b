# SPDX-License-Identifier: Apache-2.0
"""What Fuel says about this node and its environment. Nothing outside of this package reads Fuel's files."""
