# SPDX-License-Identifier: Apache-2.0

require 'socket'
require 'timeout'

# The daemons of this machine's own Redis, started from the rendered files as the OCF agents start them.
ADDRESS = '127.0.0.2'.freeze # the files name 127.0.0.1 besides

# Where Fuel uses and reserves none, so that the settings allow each.
def free_port
  rand(50_000..55_000).tap { |port| TCPServer.new(ADDRESS, port).close }
rescue Errno::EADDRINUSE
  retry
end

# Bounded waiting: 10 s for what a daemon on this machine does within one.
def wait_for
  Timeout.timeout(10) { sleep 0.05 until yield }
end

settings = { 'redis_port' => free_port.to_s, 'sentinel_port' => free_port.to_s }
local = deployment('9.2') do |astute|
  keep_controllers(astute, '1')
  astute['ceilometer-redis'].merge!(settings)
end

describe 'daemons.example.com', type: :host do
  include_context 'deployed', 'store', local
  let(:facts) { BOOKWORM }

  let(:directory) { Dir.mktmpdir }
  let(:log) { "#{directory}/#{daemon}.log" }
  let(:pidfile) { "#{directory}/#{daemon}.pid" }
  let(:conf) { "#{directory}/#{file}" }

  # Nothing but the directories and the address is different from what a controller gets.
  before do
    content = content_of("/etc/ceilometer-redis/redis/#{file}").gsub(local['node']['address'], ADDRESS)
    File.write(conf, content.gsub(%r{/run/ceilometer-redis|/var/log/redis|/var/lib/ceilometer-redis}, directory))
    raise 'not started' unless system("umask 027 && redis-server #{conf} #{option}", out: File::NULL)

    wait_for { cli('PING').include?('PONG') }
  end

  after do
    pid = Integer(File.read(pidfile))
    Process.kill('TERM', pid)
    wait_for { !File.exist?("/proc/#{pid}") }
    FileUtils.remove_entry(directory)
  end

  def cli(*command, password: secret)
    environment = { 'REDISCLI_AUTH' => password }
    IO.popen([environment, 'redis-cli', '-h', ADDRESS, '-p', port, *command], err: File::NULL, &:read).chomp
  end

  context 'redis-server' do
    let(:daemon) { 'redis-server' }
    let(:file) { 'redis.conf' }
    let(:option) { '' }
    let(:port) { settings['redis_port'] }
    let(:secret) { 'S3cretS3cret' }

    it 'takes every line of redis.conf, lets nobody in without password and keeps its file closed' do
      expect(cli('PING', password: nil)).to start_with 'NOAUTH'
      { 'appendonly' => 'yes', 'maxmemory-policy' => 'noeviction', 'min-slaves-to-write' => '0',
        'min-slaves-max-lag' => '10', 'stop-writes-on-bgsave-error' => 'no', 'tcp-keepalive' => '60',
        'repl-timeout' => '20', 'lua-time-limit' => '0', 'masterauth' => 'S3cretS3cret' }.each do |name, value|
        expect(cli('CONFIG', 'GET', name).split("\n")).to eq [name, value]
      end
      expect(cli('CONFIG', 'GET', 'save').split).to eq ['save']
      cli('CONFIG', 'SET', 'min-slaves-to-write', '1')
      expect(cli('CONFIG', 'REWRITE')).to eq 'OK'
      expect(File.stat(conf).mode & 0o777).to eq 0o640
      expect(File.read(conf)).to match(/^min-(slaves|replicas)-to-write 1$/)
    end
  end

  context 'redis-sentinel' do
    let(:daemon) { 'redis-sentinel' }
    let(:file) { 'sentinel.conf' }
    let(:option) { '--sentinel' }
    let(:port) { settings['sentinel_port'] }
    let(:secret) { nil }

    it 'starts without a master, is told one and keeps it in its file, which stays closed' do
      expect(cli('SENTINEL', 'MASTERS')).to eq ''
      expect(cli('SENTINEL', 'MONITOR', 'ceilometer-redis', ADDRESS, settings['redis_port'], '2')).to eq 'OK'
      expect(File.read(conf)).to include "sentinel monitor ceilometer-redis #{ADDRESS} #{settings['redis_port']} 2\n"
      expect(File.stat(conf).mode & 0o777).to eq 0o640
    end
  end
end
