# SPDX-License-Identifier: Apache-2.0
"""ceilometer-redis on a node of Fuel. doc/architecture.rst shows the rooms of this package; imports only go down."""

#: Of the plugin, as metadata.yaml has it.
__version__ = '2.0.2'
