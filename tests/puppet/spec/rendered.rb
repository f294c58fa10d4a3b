# SPDX-License-Identifier: Apache-2.0

require 'fileutils'
require 'pathname'

# What a task leaves on a node as a tree of files, a hash by path: those that it makes, and its `resources`, which have
# the rest: packages, services, rules of the firewall, owners and modes, commands.
#
# What is expected is in tests/data/rendered, a directory for each choice of settings, release, role and task; a file that
# is the same as one before it is a link to that one. RENDERED=write in the environment writes all of it anew, for a
# person to review.
module Rendered
  DATA = Pathname("#{ROOT}/tests/data/rendered").freeze
  # What the tree has elsewhere, what the order of the resources says, and what their titles are.
  SHOWN_OTHERWISE = %i[content value before require name path].freeze
  # By place (choice/release/role/task): those of this run, nil until they are rendered.
  TREES = {}

  module_function

  def tree(catalogue, deployment_file)
    resources = in_order(catalogue)
    files = resources.select { |one| one.type == 'File' && one[:content] }.to_h { |one| [one.title, one[:content]] }
    files.merge!(configuration(resources.select { |one| one.type.end_with?('_config') }))
    files[DEPLOYMENT] = deployment_file if catalogue.resource('Exec', 'ceilometer-redis deployment')
    files.transform_keys { |path| path.delete_prefix('/') }
         .merge('resources' => resources.map { |one| manifest(one) }.join("\n"))
  end

  # In the order in which Puppet applies them, classes and defines apart.
  def in_order(catalogue)
    found = []
    graph = catalogue.to_ral.relationship_graph
    # Puppet leaves out what this machine cannot do (it may have no iptables).
    graph.vertices.each { |one| one.define_singleton_method(:suitable?) { true } }
    graph.traverse { |one| found << catalogue.resource(one.ref) }
    found.compact.reject { |one| %w[Class Stage].include?(one.type) || one.type.include?('::') }
  end

  def manifest(resource)
    shown = resource.copy_as_resource
    # The path of an exec is no title.
    (SHOWN_OTHERWISE - (resource.type == 'Exec' ? %i[path] : [])).each { |name| shown.delete(name) }
    "#{shown.to_manifest}\n"
  end

  # The files that the options' own providers make where there was none.
  def configuration(options)
    options.map(&:to_ral).group_by { |option| option.provider.file_path }.transform_values do |of_file|
      Dir.mktmpdir do |directory|
        of_file.each do |option|
          option.provider.define_singleton_method(:file_path) { "#{directory}/conf" }
          option.provider.create
        end
        File.read("#{directory}/conf")
      end
    end
  end

  def expected(place)
    DATA.join(place).glob('**/*').select(&:file?).to_h { |file| [file.relative_path_from(DATA.join(place)).to_s, file.read] }
  end

  # As text, of which the difference can be read.
  def text(tree)
    tree.sort.map { |path, content| "==> #{path} <==\n#{content}\n" }.join
  end

  def tasks(*node)
    DATA.join(*node).glob('*').map { |task| task.basename.to_s }
  end

  def write
    raise 'RENDERED: every tree has to be rendered by the run that writes them' if TREES.value?(nil)

    FileUtils.rm_rf(DATA)
    first = {}
    TREES.each do |place, tree|
      tree.sort.each do |path, content|
        file = DATA.join(place, path)
        file.dirname.mkpath
        twin = first[content] ||= file
        twin == file ? file.write(content) : file.make_symlink(twin.relative_path_from(file.dirname))
      end
    end
  end
end

RSpec.configure { |config| config.after(:suite) { Rendered.write } } if ENV['RENDERED'] == 'write'
