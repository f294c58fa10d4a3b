# SPDX-License-Identifier: Apache-2.0

# @summary How agents reach the store: `backend_url` in the configuration file of the project that is the title.
#
# The projects are ceilometer and aodh. Fuel 7.0 and 8.0 have no aodh_config, so the type is named by the data and
# unknown where nobody needs it.
#
# @param ensure
#   Present where agents of the project coordinate, else absent, from the first agent of the project.
#
# @api private
define ceilometer_redis::coordination ($ensure = present) {
  include ceilometer_redis

  $conf = "/etc/${name}/${name}.conf"

  # A password comes into the file.
  file { $conf:
    mode => 'o=',
  }

  # oslo.config takes a single $ for the beginning of a variable.
  $backend_url = regsubst($ceilometer_redis::deployment['coordination']['backend_url'], '\$', '$$', 'G')

  # Version 1.0 of the plugin, whose URL has no password, set these too; what an operator set stays. Where our own URL
  # has none either, the two cannot be told apart.
  unless $backend_url =~ /^redis:\/\/[^@]*$/ {
    exec { "options of version 1.0 in ${name}.conf":
      command => "sed -i '/^\\[coordination\\]/,/^\\[/{/^\\(heartbeat\\|check_watchers\\) *=/d}' ${conf}",
      onlyif  => "grep -q '^backend_url *= *redis://[^@]*\$' ${conf}",
      path    => ['/usr/bin', '/bin'],
      before  => File[$conf],
    }
  }

  $settings = {
    'coordination/backend_url' => {
      'ensure'  => $ensure,
      'value'   => $backend_url,
      'secret'  => true,
      'require' => File[$conf],
    },
  }

  create_resources("${name}_config", $settings)
}
