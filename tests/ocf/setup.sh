# Makes a controller of a mount namespace, as Puppet makes one of a node, and what a namespace lacks.
# Arguments: the project, the packed helper, the shell that is /bin/sh ('dash' or 'bash'), the directory of redis-server
# and redis-cli ('' for those of this machine), a Python 2.7 ('' for python3 of this machine), the password that the
# stand-in... Standard input: Fuel's data.
set -eu
project=$1 helper=$2 shell=$3 redis=$4 python=$5
puppet=$project/deployment_scripts/puppet/modules/ceilometer_redis

mount -t tmpfs controller /mnt
for directory in etc usr var; do
    mkdir "/mnt/$directory" "/mnt/$directory.work"
    mount -t overlay -o "lowerdir=/$directory,upperdir=/mnt/$directory,workdir=/mnt/$directory.work" controller \
        "/$directory"
done
mount -t tmpfs controller /run
