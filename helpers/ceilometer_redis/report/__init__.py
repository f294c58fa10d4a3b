# SPDX-License-Identifier: Apache-2.0
"""What a maintainer needs to see of a controller, without any secret."""
