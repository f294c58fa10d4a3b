# SPDX-License-Identifier: Apache-2.0
"""Pacemaker: its configuration read whole, changed as a whole, applied as one update; and what it says is running.

The configuration's form is the same from Pacemaker 1.1.12 (Fuel 7.0) to 3.0, which no wrapper module or shell for it
is. Functions that change a CIB get its root element (of xml.etree) and return sentences of what they changed.
"""
