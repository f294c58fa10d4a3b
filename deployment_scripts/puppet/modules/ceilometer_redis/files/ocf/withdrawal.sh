# shellcheck shell=sh
#
# How the monitors of the OCF agents redis-server and guard find out that the plugin was switched off.
#
# Author:   ceilometer-redis contributors
# License:  Apache License, Version 2.0
# SPDX-License-Identifier: Apache-2.0

# Fuel's data: the first of these that is more than a comment (10.0 and 11.0 have them in the second).
fuels_data='/etc/astute.yaml /etc/hiera/cluster.yaml'

# Runs a command of the helper that outlives this action, one of its kind at a time; syslog gets what it says. By a lock,
# which needs no room on /run as a pid file does, and which what the command starts does not inherit.
in_background() {
	start-stop-daemon --start --quiet --background --pidfile /nonexistent --umask 077 --startas /usr/bin/flock -- \
		--nonblock --close "/run/ceilometer-redis-$1.lock" /bin/sh -c "$helper $* 2>&1 | logger -t ceilometer-redis"
}

# Whether Fuel's data may say that the plugin is off: its part is missing (8.0 and later) or has its switch off (7.0).
# The helper reads them properly, twice; this spares it a look every time.
maybe_switched_off() {
	for data_file in $fuels_data; do
		[ -r "$data_file" ] || continue
		LC_ALL=C awk -v plugin='^ceilometer-redis:' '
			NR == 1 { sub(/^\357\273\277/, "") }
			/^[ \t#\r]/ || /^(---.*|\.\.\.|[{] *[}]|null|~)?[ \t\r]*$/ { nothing = 1 }
			!nothing { data = 1; inside = $0 ~ plugin; found = found || inside }
			{ nothing = 0 }
			inside && /enabled: *false/ { off = 1 }
			END { exit !data ? 2 : found && !off }' "$data_file" 2>/dev/null
		case $? in
			0) return 0 ;;
			1) return 1 ;;
		esac
	done
	return 1
}

# Fuel runs no task of a plugin that was switched off: who looks is a daemon that runs on each controller, redis whatever
# the settings are, and the guard where there is no redis. The withdrawal outlives this resource, which it ends.
withdraw_if_switched_off() {
	maybe_switched_off && [ -x "$helper" ] || return 0
	in_background withdraw --switched-off
}
