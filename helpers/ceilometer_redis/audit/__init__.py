# SPDX-License-Identifier: Apache-2.0
"""The proof from samples: was every resource polled exactly once per polling cycle, and by whom?"""
