"""The lab's modules are in tests/acceptance. They are for Python 3 alone: Python 2.7 runs the helpers' tests only."""

import os
import sys

if sys.version_info[0] == 2:
    collect_ignore_glob = ['test_lab_*.py']
else:
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'acceptance'))
