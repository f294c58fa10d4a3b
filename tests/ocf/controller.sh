#!/bin/sh
# SPDX-License-Identifier: Apache-2.0

# Makes of a mount namespace what Fuel and the plugin make of a node.
#
# Arguments: the project, the packed helper, the shell that is /bin/sh, a directory with redis-server and redis-cli or ''
# for this machine's, a Python 2.7 or '' for this machine's Python 3. Standard input: Fuel's data.
set -eu
project=$1 helper=$2 shell=$3 redis=$4 python=$5
module=$project/deployment_scripts/puppet/modules/ceilometer_redis
ocf=/usr/lib/ocf

mount -t tmpfs controller /mnt
for directory in etc usr var; do
    mkdir "/mnt/$directory" "/mnt/$directory.work"
    mount -t overlay controller "/$directory" \
        -o "lowerdir=/$directory,upperdir=/mnt/$directory,workdir=/mnt/$directory.work"
done
mount -t tmpfs controller /run

ln -sf "$shell" /bin/sh
install -D -t /mnt/real "${redis:-/usr/bin}/redis-server" "${redis:-/usr/bin}/redis-cli"
ln -sf /mnt/real/redis-server /mnt/real/redis-cli /usr/bin
rm -f /usr/bin/python2.7
if [ -n "$python" ]; then
    # shellcheck disable=SC2016 # for the script that is made
    printf '#!/bin/sh\nexec %s "$@"\n' "$python" >/usr/bin/python2.7
    chmod 0755 /usr/bin/python2.7
fi

# What stands in for the cluster's tools and for syslog, of which a namespace has none: it records how it was called.
cat >/usr/local/bin/stand-in <<'END'
#!/bin/sh
echo "${0##*/} $*" >>/mnt/calls
case ${0##*/} in
logger) while read -r line; do echo "logged: $line"; done >>/mnt/calls ;;
cibadmin) exit 107 ;;
esac
END
chmod 0755 /usr/local/bin/stand-in
for tool in /usr/bin/logger /usr/sbin/attrd_updater /usr/sbin/cibadmin /usr/sbin/crm_diff; do
    ln -sf /usr/local/bin/stand-in "$tool"
done

# As ocf.pp and deployment.pp do.
install -d "$ocf/lib/ceilometer-redis" "$ocf/resource.d/ceilometer-redis"
install -m 0644 "$module"/files/ocf/*.sh "$ocf/lib/ceilometer-redis"
for agent in redis-server redis-sentinel guard; do
    install "$module/files/ocf/$agent" "$ocf/resource.d/ceilometer-redis"
done
install "$helper" /usr/local/bin/ceilometer-redis
cat >/etc/astute.yaml
ceilometer-redis deployment >/dev/null

# As daemons.pp and conf.pp do; the log's directory is the package's.
install -d -o redis -g redis -m 0750 /etc/ceilometer-redis/redis /var/lib/ceilometer-redis
rm -rf /var/log/redis
install -d -o redis -g adm -m 2750 /var/log/redis
ruby -r erb -r yaml - "$module/templates" <<'END'
@deployment = YAML.load_file('/etc/ceilometer-redis/deployment.yaml')
%w[redis.conf sentinel.conf].each do |name|
  template = ERB.new(File.read("#{ARGV[0]}/#{name}.erb"), trim_mode: '-')
  File.write("/etc/ceilometer-redis/#{name}", template.result(binding))
end
END
cd /etc/ceilometer-redis
chmod 0600 redis.conf sentinel.conf
install -o redis -g redis -m 0640 redis.conf sentinel.conf redis
mkdir /mnt/made
cp -a /etc/ceilometer-redis /etc/astute.yaml "$helper" /mnt/made
