# SPDX-License-Identifier: Apache-2.0
"""The helpers are tested from their source, not from an installed copy."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'helpers'))
