# SPDX-License-Identifier: Apache-2.0
"""The functions that a manifest may call: Fuel 7.0 has the fewest."""

# puppetlabs/puppet, tag 3.4.3: lib/puppet/parser/functions and, named by the log's levels, functions.rb; without those
# that want the future parser (each, epp...), a setting (lookup) or do nothing (collect, select).
# puppetlabs/puppetlabs-stdlib, tag 4.6.0: lib/puppet/parser/functions.
VALUES = frozenset('''
    defined extlookup file fqdn_rand generate hiera hiera_array hiera_hash inline_template md5 regsubst sha1 shellquote
    split sprintf tagged template versioncmp

    abs any2array base64 basename bool2num bool2str camelcase capitalize ceiling chomp chop concat count deep_merge
    defined_with_params delete delete_at delete_undef_values delete_values difference dirname downcase empty flatten
    floor fqdn_rand_string fqdn_rotate get_module_path getparam getvar grep has_interface_with has_ip_address
    has_ip_network has_key hash intersection is_array is_bool is_domain_name is_float is_function_available is_hash
    is_integer is_ip_address is_mac_address is_numeric is_string join join_keys_to_values keys loadyaml lstrip max
    member merge min num2bool parsejson parseyaml pick pick_default prefix pw_hash range reject reverse rstrip shuffle
    size sort squeeze str2bool str2saltedsha512 strftime strip suffix swapcase time to_bytes type type3x union unique
    upcase uriescape values values_at zip
'''.split())

STATEMENTS = frozenset('''
    alert contain create_resources crit debug emerg err fail hiera_include include info notice realize require search
    tag warning

    assert_private ensure_packages ensure_resource private validate_absolute_path validate_array validate_augeas
    validate_bool validate_cmd validate_hash validate_integer validate_ipv4_address validate_ipv6_address
    validate_numeric validate_re validate_slength validate_string
'''.split())
