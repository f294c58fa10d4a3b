#!/usr/bin/ruby
# SPDX-License-Identifier: Apache-2.0

# Says where the templates of Puppet modules are not in the language of Ruby 1.9.3: a line per fault, exit code 1.
# Usage: templates.rb DIRECTORY
require 'erb'
require 'parser/ruby19'

# A later Ruby's own methods, and those that take a block or another argument only later, look like any other: these are
# known to be in 1.9.3. What a template needs besides is to be looked up in its documentation and comes here.
METHODS = %i[[] join sort].freeze

# What ERB itself writes around a template's own text.
ERBS = %i[put freeze to_s].freeze

def faults(text)
  # Ruby 1.9.3 reads a file in the encoding of the locale that it runs in.
  other = text.lines.index { |line| !line.ascii_only? }
  return [[other + 2, 'not ASCII']] if other

  ruby = ERB::Compiler.new('-').tap { |erb| erb.put_cmd = erb.insert_cmd = 'put' }.compile(text).first
  parser = Parser::Ruby19.new.tap { |one| one.diagnostics.all_errors_are_fatal = true }
  methods(parser.parse(Parser::Source::Buffer.new('template', source: ruby)))
rescue Parser::SyntaxError => e
  [[e.diagnostic.location.line, e.diagnostic.message]]
end

def methods(node)
  return [] unless node.is_a?(Parser::AST::Node)

  found = node.type == :send && !(METHODS + ERBS).include?(node.children[1])
  (found ? [[node.location.line, "#{node.children[1]} is not among the methods known to be in Ruby 1.9.3"]] : []) +
    node.children.flat_map { |child| methods(child) }
end

templates = Dir.glob("#{ARGV.fetch(0)}/**/*.erb").sort
abort "#{ARGV[0]}: no template is below it" if templates.empty?

found = templates.flat_map do |path|
  # The first line is ERB's, which names the encoding.
  faults(File.read(path)).map { |line, what| "#{path}:#{line - 1}: #{what}" }
end
puts found
exit found.empty?
