# shellcheck shell=sh
#
# What all OCF agents of ceilometer-redis have in common: resource-agents' functions, and how an action says why it fails.
#
# Author:   ceilometer-redis contributors
# License:  Apache License, Version 2.0
# SPDX-License-Identifier: Apache-2.0

#######################################################################
# Initialization:

: "${OCF_FUNCTIONS_DIR=${OCF_ROOT:-/usr/lib/ocf}/lib/heartbeat}"
# shellcheck source=/dev/null
. "${OCF_FUNCTIONS_DIR}/ocf-shellfuncs"

# resource-agents before 3.9.6 (Ubuntu 14.04 has 3.9.3) does not have it.
if ! command -v ocf_exit_reason >/dev/null; then
	ocf_exit_reason() {
		ocf_log err "$__OCF_ACTION: $1"
	}
fi

#######################################################################

helper=/usr/local/bin/ceilometer-redis

# Why the action fails, set where that is found out. crm_mon shows 128 characters of it (EXIT_REASON_MAX_LEN of
# Pacemaker's executor): what is wrong and where to look come first, what another program said comes last.
reason=

# Says why the action failed, if it did, and returns its code. Said once, at the end: a start may mend what it finds. A
# probe that finds nothing has not failed.
conclude() {
	code=$?
	if [ "$code" -eq "$OCF_NOT_RUNNING" ] && ocf_is_probe; then
		reason=
	fi
	[ "$code" -eq "$OCF_SUCCESS" ] || [ -z "$reason" ] || ocf_exit_reason "$reason"
	return "$code"
}

# Prints the last line of standard input that is not blank, without the helper's name or redis' pid and time before it.
# What is not ASCII may be no text at all, which Pacemaker could not keep in its XML.
last_line() {
	LC_ALL=C sed -n '
		/[^[:space:]]/ {
			s/[^ -~]/?/g
			s/^ceilometer-redis: //
			s/^[^ ]* [0-9]* [A-Z][a-z]* [0-9:. ]* [-.*#] //
			h
		}
		$ { g; p; }'
}

# Runs a command whose own words, if it fails, are the reason.
attempt() {
	words=$("$@" 2>&1) && return "$OCF_SUCCESS"
	reason=$(printf '%s\n' "$words" | last_line)
	: "${reason:="$1 failed"}"
	return "$OCF_ERR_GENERIC"
}
