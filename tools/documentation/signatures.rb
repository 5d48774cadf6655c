# frozen_string_literal: true

# For YARD (`yard --load`): shows each method's signature from sig/, if the gem rbs is installed.

begin
  require "rbs"
rescue LoadError
  return
end

# Finds signatures.
module Signatures
  SIGNATURES = File.expand_path("../../sig", __dir__)

  class << self
    # @param method [YARD::CodeObjects::MethodObject]
    # @return [Array<String>] one for each overload
    def of(method)
      name = RBS::TypeName.parse("::#{method.namespace.path}")
      definition = method.scope == :class ? builder.build_singleton(name) : builder.build_instance(name)
      found = definition.methods[method.name]
      found ? found.method_types.map(&:to_s) : []
    rescue StandardError # what has no signature is shown without one
      []
    end

    private

    def builder
      @builder ||= begin
        loader = RBS::EnvironmentLoader.new
        loader.add(path: Pathname(SIGNATURES))
        RBS::DefinitionBuilder.new(env: RBS::Environment.from_loader(loader).resolve_type_names)
      end
    end
  end
end

YARD::Tags::Library.define_tag("Signature (RBS)", :rbs)
YARD::Tags::Library.visible_tags << :rbs

YARD::Parser::SourceParser.after_parse_list do
  YARD::Registry.all(:method).each do |method|
    # YARD takes the parenthesis behind a negative default for a part of it.
    method.parameters = method.parameters.map { |name, default| [name, default&.sub(/\A(-\d+)\)\z/, '\1')] }
    Signatures.of(method).each { |type| method.docstring.add_tag(YARD::Tags::Tag.new(:rbs, "<code>#{type}</code>")) }
  end
end
