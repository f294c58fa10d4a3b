# SPDX-License-Identifier: Apache-2.0
"""What happened on this controller, and when: from the journal of the plugin and the logs of its daemons."""
