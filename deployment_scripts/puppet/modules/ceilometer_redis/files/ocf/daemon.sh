# shellcheck shell=sh
# What the agents redis-server and redis-sentinel share: one daemon, one configuration file, one pid file.
#
# An agent sets AGENT (its name), CONFIG_DEFAULT, SHORTDESC and LONGDESC and defines daemon_start, daemon_stop,
# daemon_check and daemon_healthy, then calls daemon_main "$@". The binary is redis-server for both: with --sentinel
# it is the sentinel, in every release, also where no package brings a redis-sentinel (Ubuntu 14.04).

: "${OCF_FUNCTIONS_DIR=${OCF_ROOT:-/usr/lib/ocf}/lib/heartbeat}"
# shellcheck source=/dev/null
. "${OCF_FUNCTIONS_DIR}/ocf-shellfuncs"

: "${OCF_RESKEY_config=${CONFIG_DEFAULT}}"

BINARY=/usr/bin/redis-server
CLIENT=/usr/bin/redis-cli
HELPER=/usr/local/bin/ceilometer-redis
USER=redis
RUN=/run/ceilometer-redis

# What Puppet made of the deployment. A daemon whose own file is lost starts from it, and until then it says where to find
# the daemon.
MADE=/etc/ceilometer-redis/${OCF_RESKEY_config##*/}

# Seconds a daemon has to answer a check; a stopped (SIGSTOP) or stuck one never does.
ANSWER_TIMEOUT=5

# Prints the first value of a directive. The daemons quote values when they rewrite their file. By the shell alone: a
# monitor asks for four.
setting() {
	for file in "$OCF_RESKEY_config" "$MADE"; do
		[ -r "$file" ] || continue
		while read -r directive value _; do
			[ "$directive" = "$1" ] || continue
			value=${value#\"}
			printf '%s\n' "${value%\"}"
			return
		done <"$file"
	done
}

# Whether this node has a file for the daemon.
daemon_configured() {
	[ -s "$OCF_RESKEY_config" ] || [ -s "$MADE" ]
}

# Has the daemon's own file; one that a full disk or a hand emptied counts as lost.
daemon_configure() {
	[ -s "$OCF_RESKEY_config" ] && return "$OCF_SUCCESS"
	ocf_log warn "start: $OCF_RESKEY_config is lost, made anew from $MADE"
	install -o "$USER" -g "$USER" -m 0640 "$MADE" "$OCF_RESKEY_config" || return "$OCF_ERR_GENERIC"
}

# Sends the lines on standard input to the daemon and prints its answers. redis-cli gets commands and the password by
# standard input: before redis 4 it takes a password nowhere else but on its command line, for everybody to read.
ask() {
	timeout "$ANSWER_TIMEOUT" "$CLIENT" -h "$(setting bind)" -p "$(setting port)" 2>/dev/null
}

# Prints the daemon's pid if it lives. A pid file outlives a crash, and the number may be another program's by then.
daemon_pid() {
	read -r pid 2>/dev/null <"$(setting pidfile)" || return 1
	read -r program 2>/dev/null <"/proc/$pid/comm" && [ "$program" = redis-server ] || return 1
	echo "$pid"
}

daemon_monitor() {
	daemon_pid >/dev/null || return "$OCF_NOT_RUNNING"
	daemon_check && daemon_healthy && return "$OCF_SUCCESS"
	ocf_log err "monitor: $AGENT lives but gives no good answer within $ANSWER_TIMEOUT s"
	return "$OCF_ERR_GENERIC"
}

# Starts the daemon with further arguments and waits until it answers: forever while it lives, Pacemaker's own timeout
# decides. Its pid file appears late; without one, what answers at its port is another daemon.
daemon_launch() {
	mkdir -p "$RUN" && chown "$USER:$USER" "$RUN" && daemon_configure || return "$OCF_ERR_GENERIC"
	# What a killed daemon left: start-stop-daemon refuses a pid file that is not root's (seen on Debian 12).
	rm -f "$(setting pidfile)"
	# The daemon rewrites its file, with the password in it, under this umask (under 022 it was left readable to all).
	if ! start-stop-daemon --start --quiet --oknodo --umask 027 --chuid "$USER:$USER" \
		--pidfile "$(setting pidfile)" --startas "$BINARY" -- "$OCF_RESKEY_config" "$@"; then
		ocf_log err "start: $BINARY $OCF_RESKEY_config failed, see $(setting logfile)"
		return "$OCF_ERR_GENERIC"
	fi
	dead=0
	until daemon_pid >/dev/null && daemon_check; do
		dead=$((dead + 1))
		if daemon_pid >/dev/null; then
			dead=0
		elif [ "$dead" -eq 25 ]; then
			ocf_log err "start: $AGENT has ended at once, see $(setting logfile)"
			return "$OCF_ERR_GENERIC"
		fi
		sleep 0.2
	done
}

# Ends the daemon. Only the pid is asked: a daemon that no longer answers must not keep its node from stopping. It is told
# every second: redis refuses to end while it writes the first file of its commands, as after each transfer of all data
# from its master. Pacemaker gives a stop 20 s when the resource is no longer defined, and takes one that fails for running.
daemon_end() {
	pid=$(daemon_pid) || return "$OCF_SUCCESS"
	tries=0
	while daemon_pid >/dev/null; do
		[ $((tries % 5)) -ne 0 ] || kill -TERM "$pid" 2>/dev/null
		tries=$((tries + 1))
		if [ "$tries" -eq 75 ]; then
			ocf_log warn "stop: pid $pid is still there after 15 s, killing it"
			kill -KILL "$pid"
		fi
		sleep 0.2
	done
	ocf_log info "stop: $AGENT has ended"
}

daemon_validate() {
	for needed in "$BINARY" "$CLIENT" "$HELPER"; do
		if ! [ -x "$needed" ]; then
			ocf_log err "validate-all: $needed is missing"
			return "$OCF_ERR_INSTALLED"
		fi
	done
	if ! daemon_configured; then
		ocf_log err "validate-all: neither config=$OCF_RESKEY_config nor $MADE can be read"
		return "$OCF_ERR_INSTALLED"
	fi
}

meta_data() {
	cat <<-END
		<?xml version="1.0"?>
		<!DOCTYPE resource-agent SYSTEM "ra-api-1.dtd">
		<resource-agent name="$AGENT" version="2.0">
		<version>1.0</version>
		<longdesc lang="en">
		$LONGDESC
		</longdesc>
		<shortdesc lang="en">$SHORTDESC</shortdesc>
		<parameters>
		<parameter name="config" unique="1">
		<longdesc lang="en">
		Configuration file; the daemon rewrites it, so the user redis owns it. Address, port, password, pid file and log are
		read from it.
		</longdesc>
		<shortdesc lang="en">configuration file</shortdesc>
		<content type="string" default="$CONFIG_DEFAULT"/>
		</parameter>
		</parameters>
		<actions>
		<action name="start" timeout="180s"/>
		<action name="stop" timeout="60s"/>
		<action name="monitor" depth="0" timeout="20s" interval="10s"/>
		<action name="validate-all" timeout="20s"/>
		<action name="meta-data" timeout="5s"/>
		</actions>
		</resource-agent>
	END
}

usage() {
	echo "usage: $AGENT start|stop|monitor|validate-all|meta-data"
}

daemon_main() {
	case "$1" in
	meta-data)
		meta_data
		return "$OCF_SUCCESS"
		;;
	usage | help)
		usage
		return "$OCF_SUCCESS"
		;;
	start)
		daemon_validate && daemon_start
		;;
	stop)
		# A node without the daemon's files has nothing to stop; an error here would fence it.
		daemon_configured || return "$OCF_SUCCESS"
		daemon_stop
		;;
	monitor)
		daemon_configured || return "$OCF_NOT_RUNNING"
		daemon_monitor
		;;
	validate-all)
		daemon_validate
		;;
	*)
		usage >&2
		return "$OCF_ERR_UNIMPLEMENTED"
		;;
	esac
}
