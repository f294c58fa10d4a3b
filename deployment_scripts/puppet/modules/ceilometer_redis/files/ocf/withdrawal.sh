# shellcheck shell=sh
# How an agent's monitor finds out that the plugin was switched off. HELPER is the agent's.

ASTUTE=/etc/astute.yaml

# Runs a command of the helper that outlives this action, one of its kind at a time; syslog gets what it says.
in_background() {
	start-stop-daemon --start --quiet --oknodo --background --make-pidfile --pidfile "/run/ceilometer-redis-$1.pid" \
		--umask 077 --exec /bin/sh -- -c "$HELPER $* 2>&1 | logger -t ceilometer-redis"
}

# Whether Fuel's data may say that the plugin is off: its part is missing (8.0 and later) or has its switch off (7.0).
# The helper reads them properly, twice; this spares it a look every time.
maybe_switched_off() {
	[ -r "$ASTUTE" ] && awk -v plugin='^ceilometer-redis:' '
		/^[^ #]/ { inside = $0 ~ plugin; found = found || inside }
		inside && /enabled: *false/ { off = 1 }
		END { exit found && !off }' "$ASTUTE"
}

# Fuel runs no task of a plugin that was switched off: who looks is a daemon that runs on each controller, redis whatever
# the settings are, and the guard where there is no redis. The withdrawal outlives this resource, which it ends.
withdraw_if_switched_off() {
	maybe_switched_off && [ -x "$HELPER" ] || return 0
	in_background withdraw --switched-off
}
