#!/usr/bin/ruby
# SPDX-License-Identifier: Apache-2.0

# Says what is wrong with the comments above the classes and defines of Puppet modules, as puppet-strings reads them: a
# line per fault, exit code 1. Usage: documentation.rb DIRECTORY
require 'json'
require 'open3'
require 'tmpdir'

# The lines that puppet-strings says of the manifests, and the classes and defines in them.
def read(manifests)
  # It leaves files of its own where it runs.
  Dir.mktmpdir do |here|
    command = ['puppet', 'strings', 'generate', '--format', 'json', '--out', "#{here}/found", manifests]
    said, status = Open3.capture2e(*command, chdir: here)
    abort said unless status.success?

    found = JSON.parse(File.read("#{here}/found"))
    [said.lines(chomp: true), found['puppet_classes'] + found['defined_types']]
  end
end

# It does not miss a summary, nor, where there is nothing but one, a parameter: of that it makes a tag without words.
def missing(one)
  tags = one['docstring'].fetch('tags', [])
  summaries, params = %w[summary param].map { |name| tags.select { |tag| tag['tag_name'] == name } }
  (summaries.one? && summaries[0]['text'].lines.one? ? [] : ['@summary of one line']) +
    params.select { |tag| tag['text'].empty? }.map { |tag| "@param #{tag['name']}" }
end

directory = File.expand_path(ARGV.fetch(0))
said, documented = read("#{directory}/**/*.pp")
abort "#{ARGV[0]}: no class and no define is below it" if documented.empty?

faults = said.grep(/^\[/).grep_v(/Missing/) + documented.flat_map do |one|
  missing(one).map { |tag| "#{one['file']}:#{one['line']}: #{one['name']} has no #{tag}" }
end
puts faults
exit faults.empty?
