# frozen_string_literal: true

require "prism"

# Which numbers the examples of the spec tree are tagged with: `statement: 5`, `defect: [1, 2]`. Files are only parsed,
# so that no tier has to be able to run.
class SpecTags < Prism::Visitor
  GROUPS_AND_EXAMPLES = %i[describe context it specify].freeze

  class << self
    # @param tag [Symbol]
    # @param folder [String]
    # @return [Hash{Integer => Array<String>}] places (file and line) by number
    def in_folder(tag, folder = File.expand_path("..", __dir__))
      Dir[File.join(folder, "**/*_spec.rb")].each_with_object({}) do |path, places|
        of_source(tag, File.read(path)).each do |number, line|
          (places[number] ||= []) << "#{path.delete_prefix("#{folder}/")}:#{line}"
        end
      end
    end

    # @param tag [Symbol]
    # @param source [String]
    # @return [Array<Array(Integer, Integer)>] numbers, each with its line
    def of_source(tag, source)
      visitor = new(tag)
      visitor.visit(Prism.parse(source).value)
      visitor.found
    end
  end

  # @return [Array<Array(Integer, Integer)>]
  attr_reader :found

  # @param tag [Symbol]
  def initialize(tag)
    @tag = tag.to_s
    @found = []
  end

  # @param node [Prism::CallNode]
  # @return [void]
  def visit_call_node(node)
    if node.block && GROUPS_AND_EXAMPLES.include?(node.name)
      options = node.arguments&.arguments&.last
      collect(options) if options.is_a?(Prism::KeywordHashNode)
    end
    super
  end

  private

  def collect(options)
    pairs = options.elements.grep(Prism::AssocNode)
    values = pairs.select { |pair| pair.key.is_a?(Prism::SymbolNode) && pair.key.unescaped == @tag }.map(&:value)
    numbers = values.flat_map { |value| value.is_a?(Prism::ArrayNode) ? value.elements : value }
    numbers.grep(Prism::IntegerNode).each { |number| @found << [number.value, number.location.start_line] }
  end
end
