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

# What Puppet and redis' package make, and root gives back to the daemon. No setting: root would give away any directory.
run_directory=/run/ceilometer-redis
log_directory=/var/log/redis
conf_directory=/etc/ceilometer-redis/redis
data_directory=/var/lib/ceilometer-redis

# Directives that root's copy decides alone: paths, address and port, and what lets a client of the store that rewrote
# the daemon's file run code at each start, or a daemon not become one. A quoted or escaped name is never redis' own.
roots_own='^((daemonize|supervised|pidfile|logfile|dir|bind|port|tls-port|unixsocket|unixsocketperm|appendfilename'
roots_own="$roots_own|appenddirname|dbfilename|include|loadmodule|rename-command|aclfile|proc-title-template"
roots_own="$roots_own|sentinel (notification-script|client-reconfig-script))( |\$)|[^# ]*[\"'\\\\])"

# Without one of these that root's copy has, a file is damaged.
essential='^(daemonize|pidfile|logfile|dir|bind|port|requirepass|masterauth|appendonly) '

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
		Configuration file of the daemon, which rewrites it, so the user $owner owns it. Only the password is read from it.
		Address, port and paths are those of the file of the same name in /etc/ceilometer-redis, which Puppet makes; a start
		puts the daemon's file right where it has others, and makes it anew where it is lost or damaged.
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

# Runs a command as the daemon's user. What root does below directories of that user it does as it: a name there may be a
# link to anywhere by the time it is used.
as_owner() {
	start-stop-daemon --start --quiet --chuid "$owner:$owner" --pidfile /nonexistent --startas /usr/bin/env -- "$@"
}

# Prints the first value of a directive of root's copy. By the shell alone: a monitor asks for four. Who removed it by hand
# still has what it said in the daemon's file.
setting() {
	if ! [ -s "$made" ]; then
		own_setting "$1"
		return
	fi
	while read -r directive value _; do
		[ "$directive" = "$1" ] || continue
		printf '%s\n' "$value"
		return
	done <"$made"
}

# Prints the daemon's own file.
own_file() {
	as_owner timeout 5 head -c 1048576 "$OCF_RESKEY_config" 2>/dev/null | tr -d '\000'
}

# Prints the value of a directive that only the daemon knows. The daemons quote values when they rewrite their file.
own_setting() {
	own_file | LC_ALL=C sed -n "s/^$1  *\"\{0,1\}\([^\" ]*\).*/\1/p" | tail -n 1
}

# Prints the password that the daemon has, or was made with.
own_password() {
	password=$(own_setting requirepass)
	printf '%s\n' "${password:-$(setting requirepass)}"
}

# Whether this node has a file for the daemon.
daemon_configured() {
	[ -s "$OCF_RESKEY_config" ] || [ -s "$made" ] && return "$OCF_SUCCESS"
	reason="neither $OCF_RESKEY_config nor $made is there: deploy the plugin again"
	return "$OCF_NOT_RUNNING"
}

# Prints the lines of standard input that only root's copy decides, or without them (-v).
roots_lines() {
	LC_ALL=C sed 's/[[:space:]]\{1,\}/ /g; s/^ //; s/ $//' | LC_ALL=C grep -aiE "$@" "$roots_own"
}

# Prints the essential directives of standard input.
essential_names() {
	LC_ALL=C grep -aoE "$essential" | sort -u
}

# Prints root's copy with the password in use, which its daemons' peers have too, if the daemon's file still tells it.
made_anew() {
	password=$(own_file | tr -d '"' | LC_ALL=C sed -nE 's/^(requirepass|masterauth) ([A-Za-z0-9]{8,64})$/\2/p' | tail -n 1)
	{ printf '%s\n' "$password" && cat "$made"; } | LC_ALL=C awk '
		NR == 1 { password = $0; next }
		password != "" && /^(requirepass|masterauth) / { $0 = $1 " " password }
		{ print }'
}

# Makes standard input the daemon's own file. Arguments: why; a directory for the former, if there is one.
replace_configuration() {
	ocf_log warn "start: $OCF_RESKEY_config $1, made anew from $made${2:+; the former one is in $2}"
	# shellcheck disable=SC2016 # for the shell of the daemon's user
	attempt as_owner sh -euc '
		umask 027
		rm -f "$0.made"
		cat >"$0.made"
		[ -z "$1" ] || { mkdir -p "$1" && mv -T "$0" "$1/${0##*/}"; }
		mv -fT "$0.made" "$0"' "$OCF_RESKEY_config" "$2"
}

# Has the daemon's own file, with what only root decides as root's copy has it. One that a full disk or a hand emptied
# counts as lost.
daemon_configure() {
	[ -s "$made" ] || return "$OCF_SUCCESS"
	former=$conf_directory/unreadable.$(date -u +%Y%m%dT%H%M%SZ)
	if ! as_owner test -s "$OCF_RESKEY_config"; then
		replace_configuration 'is lost' '' <"$made"
		return
	fi
	names=$(essential_names <"$made")
	if [ "$(own_file | essential_names | grep -xF "$names")" != "$names" ]; then
		made_anew | replace_configuration 'is damaged' "$former"
	elif [ "$(own_file | roots_lines | tr -d '"' | sort -u)" != "$(roots_lines <"$made" | sort -u)" ]; then
		{ own_file | roots_lines -v && roots_lines <"$made"; } |
			replace_configuration "has not the paths, address and port of root's copy" "$former"
	fi
}

# Makes what the daemon needs and gives it what is its own. Nothing else does: an operator moves a log's directory away, a
# backup comes back as root's. No link is followed, and a file that has a second name may be another one's.
daemon_own() {
	attempt mkdir -p "$run_directory" && attempt chown "$owner:$owner" "$run_directory" &&
		attempt install -d -o "$owner" -g "$owner" -m 0750 "$conf_directory" "$data_directory" ||
		return "$OCF_ERR_GENERIC"
	[ "$(stat -L -c %U "$log_directory" 2>/dev/null)" = "$owner" ] ||
		attempt install -d -o "$owner" -g adm -m 2750 "$log_directory" || return "$OCF_ERR_GENERIC"
	for directory in "$run_directory" "$conf_directory" "$data_directory" "$log_directory"; do
		find "$directory/" -xdev ! -user "$owner" \( -type d -o -type f -links 1 \) \
			\( ! -path "$log_directory/*" -o -name "$agent.log" \) -execdir chown -h "$owner" {} +
		as_owner find "$directory/" -xdev -user "$owner" \( -type d ! -perm -700 -o -type f ! -perm -600 \) \
			-exec chmod u+rwX {} +
	done
	# redis would wait for somebody who reads or writes there.
	as_owner find "$(setting logfile)" "$(setting pidfile)" -maxdepth 0 -type p -delete 2>/dev/null
	return "$OCF_SUCCESS"
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

# Prints the daemon's pid if it lives, by what it is: redis of its user and of this network, in its directory or at its
# address. A pid file may be lost, and what it says is the daemon's word.
daemon_pid() {
	for number in $(pgrep -x -U "$owner" redis-server 2>/dev/null); do
		[ "/proc/$number/ns/net" -ef /proc/self/ns/net ] && daemon_titled "$number" || continue
		if [ "/proc/$number/cwd" -ef "$(setting dir)" ] || daemon_listens "$number"; then
			echo "$number"
			return 0
		fi
	done
	return 1
}

# Whether a redis has the title of this agent's daemon: not the other's, nor of a child that writes a file of data. Before
# 3.0 a sentinel's title says it by the port alone.
daemon_titled() {
	port=$(LC_ALL=C sed -n 's/^port //p' "${made%/*}/sentinel.conf" 2>/dev/null)
	case "$(tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline") " in
	' ' | redis-rdb-* | redis-aof-*) return 1 ;;
	*sentinel* | *":${port:-26379} "*) [ "$agent" = redis-sentinel ] ;;
	*) [ "$agent" = redis-server ] ;;
	esac
}

# Whether a process listens at the daemon's address. Its sockets outlive a SIGSTOP, and another's port is not taken for it.
daemon_listens() {
	address=$(setting bind)
	table=/proc/net/tcp
	# Of IPv6 the port says enough: the socket has to be the process's.
	case "$address" in
	*:*) table=/proc/net/tcp6 ;;
	esac
	sockets=$(awk -v address="$address" -v port="$(setting port)" '
		BEGIN {
			split(address, byte, ".")
			end = sprintf(":%04X$", port)
			if (address !~ /:/) end = "^" sprintf("%02X%02X%02X%02X", byte[4], byte[3], byte[2], byte[1]) end
		}
		$2 ~ end && $4 == "0A" { print "socket:[" $10 "]" }' "$table")
	[ -n "$sockets" ] && find "/proc/$1/fd" -lname 'socket:*' -printf '%l\n' 2>/dev/null | grep -qxF "$sockets"
}

# Whether the daemon runs and is well; its pid file, for whoever reads that, is put right.
daemon_runs() {
	daemon_monitor || return "$?"
	# shellcheck disable=SC2016 # for the shell of the daemon's user
	as_owner timeout 5 sh -c '[ -f "$0" ] && read -r number <"$0" && [ "$number" = "$1" ] || { rm -f "$0"; echo "$1" >"$0"; }' \
		"$(setting pidfile)" "$pid"
	return "$OCF_SUCCESS"
}

daemon_monitor() {
	if ! pid=$(daemon_pid); then
		reason="$agent does not run, see $(setting logfile)"
		return "$OCF_NOT_RUNNING"
	fi
	daemon_check && daemon_healthy && return "$OCF_SUCCESS"
	return "$OCF_ERR_GENERIC"
}

# Prints what the daemon logged since its start began. Path and file are the daemon's: read as its user, or root would show
# a line of any file.
daemon_logged() {
	as_owner timeout 5 tail -c "+$((log_size + 1))" "$log" 2>/dev/null
}

# Starts the daemon with further arguments and waits until it answers: forever while it lives, Pacemaker's own timeout
# decides. A file that it rejects is damaged.
daemon_launch() {
	daemon_own && daemon_configure || return "$OCF_ERR_GENERIC"
	rejected=
	daemon_begin "$@" && return "$OCF_SUCCESS"
	[ -n "$rejected" ] && [ -s "$made" ] && [ "$(own_file)" != "$(made_anew)" ] || return "$OCF_ERR_GENERIC"
	ocf_log warn "start: $reason"
	made_anew | replace_configuration 'is damaged' "$former" && daemon_begin "$@"
}

daemon_begin() {
	log=$(setting logfile)
	log_size=$(as_owner stat -L -c %s "$log" 2>/dev/null || echo 0)
	# The daemon rewrites its file, with the password in it, under this umask (under 022 it was left readable to all).
	if ! words=$(start-stop-daemon --start --quiet --umask 027 --chuid "$owner:$owner" --pidfile /nonexistent \
		--startas "$binary" -- "$OCF_RESKEY_config" "$@" 2>&1); then
		case "$words" in
		*'FATAL CONFIG FILE ERROR'*) rejected=yes ;;
		esac
		# About its file it names the line, repeats it, which may be a password, and says last what is wrong.
		line=$(printf '%s\n' "$words" | LC_ALL=C sed -n 's/^Reading the configuration file, at \(line [0-9]*\)$/\1 of /p')
		reason="$agent does not start with $line$OCF_RESKEY_config: $(printf '%s\n' "$words" | last_line)"
		return "$OCF_ERR_GENERIC"
	fi
	dead=0
	until pid=$(daemon_pid) && daemon_listens "$pid" && daemon_check; do
		dead=$((dead + 1))
		if [ -n "$pid" ]; then
			dead=0
		elif [ "$dead" -eq 25 ]; then
			words=$(daemon_logged | last_line)
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
	daemon_pid >/dev/null || return "$OCF_SUCCESS"
	[ -z "$reason" ] || ocf_log warn "$__OCF_ACTION: $reason; ending it"
	tries=0
	while pid=$(daemon_pid); do
		[ $((tries % 5)) -ne 0 ] || kill -TERM "$pid" 2>/dev/null
		tries=$((tries + 1))
		if [ "$tries" -eq 75 ]; then
			ocf_log warn "$__OCF_ACTION: pid $pid is still there after 15 s, killing it"
			kill -KILL "$pid" 2>/dev/null
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
	# What Puppet made of the deployment: root's copy, which says where the daemon is and what a start makes of its own file.
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
