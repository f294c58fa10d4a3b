# shellcheck shell=sh
#
# What the OCF agents redis-server and redis-sentinel share: one daemon, one configuration file, one pid file.
#
# Author:   ceilometer-redis contributors
# License:  Apache License, Version 2.0
# SPDX-License-Identifier: Apache-2.0
#
# An agent sets agent (its name), the parameter config and its default, defines meta_data, daemon_start, daemon_stop,
# daemon_check and daemon_healthy, then calls daemon_main "$@". The binary is redis-server for both: with --sentinel it is
# the sentinel, in every release, also where no package brings a redis-sentinel (Ubuntu 14.04).

#######################################################################
# Initialization:

# shellcheck source=common.sh
. "${OCF_ROOT:-/usr/lib/ocf}/lib/ceilometer-redis/common.sh"

binary=/usr/bin/redis-server
client=/usr/bin/redis-cli
owner=redis
run_directory=/run/ceilometer-redis

# Seconds a daemon has to answer a check; a stopped (SIGSTOP) or stuck one never does.
answer_timeout=5

#######################################################################

# Prints the meta-data. Arguments: timeouts of start and stop, short and long description of the agent.
daemon_meta_data() {
	cat <<-END
		<?xml version="1.0"?>
		<!DOCTYPE resource-agent SYSTEM "ra-api-1.dtd">
		<resource-agent name="$agent" version="2.0">
		<version>1.0</version>
		<longdesc lang="en">
		$4
		</longdesc>
		<shortdesc lang="en">$3</shortdesc>

		<parameters>
		<parameter name="config" unique="1" required="0">
		<longdesc lang="en">
		Configuration file of the daemon, which rewrites it, so the user $owner owns it. Address, port, password, pid file and
		log are read from it. While it is missing or empty they are read from the file of the same name in
		/etc/ceilometer-redis, which Puppet makes, and the next start makes it anew from that.
		</longdesc>
		<shortdesc lang="en">configuration file</shortdesc>
		<content type="string" default="$OCF_RESKEY_config_default"/>
		</parameter>
		</parameters>

		<actions>
		<action name="start" timeout="$1"/>
		<action name="stop" timeout="$2"/>
		<action name="monitor" depth="0" timeout="20s" interval="10s"/>
		<action name="validate-all" timeout="20s"/>
		<action name="meta-data" timeout="5s"/>
		</actions>
		</resource-agent>
	END
}

# Prints the first value of a directive. The daemons quote values when they rewrite their file. By the shell alone: a
# monitor asks for four.
setting() {
	for file in "$OCF_RESKEY_config" "$made"; do
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
	[ -s "$OCF_RESKEY_config" ] || [ -s "$made" ] && return "$OCF_SUCCESS"
	reason="neither $OCF_RESKEY_config nor $made is there: deploy the plugin again"
	return "$OCF_NOT_RUNNING"
}

# Has the daemon's own file; one that a full disk or a hand emptied counts as lost.
daemon_configure() {
	[ -s "$OCF_RESKEY_config" ] && return "$OCF_SUCCESS"
	ocf_log warn "start: $OCF_RESKEY_config is lost, made anew from $made"
	attempt install -o "$owner" -g "$owner" -m 0640 "$made" "$OCF_RESKEY_config"
}

# Sends the lines on standard input to the daemon and prints its answers. redis-cli gets commands and the password by
# standard input: before redis 4 it takes a password nowhere else but on its command line, for everybody to read.
ask() {
	timeout "$answer_timeout" "$client" -h "$(setting bind)" -p "$(setting port)" 2>/dev/null
}

# Makes a reason of what the daemon answers: nothing, or an error. OK is what it says to the password.
daemon_misanswers() {
	words=$(printf '%s\n' "$answer" | grep -vx OK | head -n 1 | last_line)
	reason="$agent (pid $pid) gives no answer at $(setting bind) port $(setting port), see $(setting logfile)"
	[ -z "$words" ] || reason="$agent (pid $pid) answers: $words"
}

# Prints the daemon's pid if it lives. A pid file outlives a crash, and the number may be another program's by then.
daemon_pid() {
	read -r number 2>/dev/null <"$(setting pidfile)" || return 1
	read -r program 2>/dev/null <"/proc/$number/comm" && [ "$program" = redis-server ] || return 1
	echo "$number"
}

daemon_monitor() {
	if ! pid=$(daemon_pid); then
		reason="$agent does not run, see $(setting logfile)"
		return "$OCF_NOT_RUNNING"
	fi
	daemon_check && daemon_healthy && return "$OCF_SUCCESS"
	return "$OCF_ERR_GENERIC"
}

# Prints the last line of a log behind so many bytes. Path and file are the daemon's: read as its user, or root would show
# a line of any file.
daemon_logged() {
	start-stop-daemon --start --quiet --chuid "$owner:$owner" --pidfile /nonexistent --startas /usr/bin/tail -- \
		-c "+$(($2 + 1))" "$1" 2>/dev/null | last_line
}

# Starts the daemon with further arguments and waits until it answers: forever while it lives, Pacemaker's own timeout
# decides. Its pid file appears late; without one, what answers at its port is another daemon.
daemon_launch() {
	attempt mkdir -p "$run_directory" && attempt chown "$owner:$owner" "$run_directory" && daemon_configure ||
		return "$OCF_ERR_GENERIC"
	# What a killed daemon left: start-stop-daemon refuses a pid file that is not root's (seen on Debian 12).
	rm -f "$(setting pidfile)"
	log=$(setting logfile)
	log_size=$(stat -c %s "$log" 2>/dev/null || echo 0)
	# The daemon rewrites its file, with the password in it, under this umask (under 022 it was left readable to all).
	if ! words=$(start-stop-daemon --start --quiet --oknodo --umask 027 --chuid "$owner:$owner" \
		--pidfile "$(setting pidfile)" --startas "$binary" -- "$OCF_RESKEY_config" "$@" 2>&1); then
		# About its file it names the line, repeats it, which may be a password, and says last what is wrong.
		line=$(printf '%s\n' "$words" | LC_ALL=C sed -n 's/^Reading the configuration file, at \(line [0-9]*\)$/\1 of /p')
		reason="$agent does not start with $line$OCF_RESKEY_config: $(printf '%s\n' "$words" | last_line)"
		return "$OCF_ERR_GENERIC"
	fi
	dead=0
	until pid=$(daemon_pid) && daemon_check; do
		dead=$((dead + 1))
		if [ -n "$pid" ]; then
			dead=0
		elif [ "$dead" -eq 25 ]; then
			words=$(daemon_logged "$log" "$log_size")
			reason="$agent has ended at once, see $log${words:+: $words}"
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
	[ -z "$reason" ] || ocf_log warn "$__OCF_ACTION: $reason; ending it"
	tries=0
	while daemon_pid >/dev/null; do
		[ $((tries % 5)) -ne 0 ] || kill -TERM "$pid" 2>/dev/null
		tries=$((tries + 1))
		if [ "$tries" -eq 75 ]; then
			ocf_log warn "$__OCF_ACTION: pid $pid is still there after 15 s, killing it"
			kill -KILL "$pid"
		fi
		sleep 0.2
	done
	ocf_log info "$__OCF_ACTION: $agent has ended"
}

daemon_validate() {
	for needed in "$binary" "$client" "$helper"; do
		if ! [ -x "$needed" ]; then
			reason="$needed is missing: deploy the plugin again"
			return "$OCF_ERR_INSTALLED"
		fi
	done
	daemon_configured || return "$OCF_ERR_INSTALLED"
}

usage() {
	echo "usage: $agent start|stop|monitor|validate-all|meta-data"
}

daemon_main() {
	# What Puppet made of the deployment. A daemon whose own file is lost starts from it, and until then it says where to
	# find the daemon.
	made=/etc/ceilometer-redis/${OCF_RESKEY_config##*/}
	case "$1" in
	meta-data)
		meta_data
		;;
	usage | help)
		usage
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
		daemon_configured && daemon_monitor
		;;
	validate-all)
		daemon_validate
		;;
	*)
		usage >&2
		return "$OCF_ERR_UNIMPLEMENTED"
		;;
	esac
	conclude
}
