# frozen_string_literal: true

require "json"

# The public surface of a driver: its modules and classes with their own public methods, these methods' parameters, and
# constants that are plain values. Run as a script it prints that of the driver in the load path (or among the gems), as
# JSON; this is how spec/fixtures/api-0.31.0.json was made of the reference:
#
#   ruby spec/support/api_surface.rb > spec/fixtures/api-0.31.0.json
module ApiSurface
  # Wrappers of native memory, which only an FFI driver has.
  NATIVE_MEMORY = /\ARdkafka::(NativeKafka|Callbacks|Bindings::|Metadata::|Consumer::Allocator|Admin::DescribeResult)/
  PLAIN_VALUES = [Integer, Float, String, Symbol, true.class, false.class].freeze

  class << self
    # @param root [Module]
    # @return [Array<Module>] the root first
    def modules_below(root)
      children = root.constants(false).sort.filter_map { |name| value_of(root, name) }.grep(Module)
      own = children.select { |child| child.name.to_s.start_with?("#{root.name}::") }
      own.reject! { |child| NATIVE_MEMORY.match?(child.name) }
      [root, *own.flat_map { |child| modules_below(child) }]
    end

    # @param root [Module]
    # @return [Hash{String => Hash}] by name of the module
    def of(root)
      modules_below(root).to_h { |mod| [mod.name, entry(mod)] }
    end

    # @param expected [Hash] a surface
    # @param actual [Hash] another one, which may have more
    # @return [Hash{String => String}] what is missing or different in the actual one, by names like `A::B`, `A#method`,
    #   `A.method` and `A::CONSTANT`
    def differences(expected, actual)
      expected.reduce({}) do |found, (name, entry)|
        found.merge(actual.key?(name) ? differences_of(name, entry, actual) : { name => "missing" })
      end
    end

    private

    # Constants of librdkafka's structs may refuse to load.
    def value_of(mod, name)
      mod.const_get(name)
    rescue NameError, LoadError
      nil
    end

    def entry(mod)
      {
        "kind" => mod.class.name,
        "ancestors" => ancestors(mod),
        "methods" => methods(mod),
        "singleton_methods" => singleton_methods(mod),
        "constants" => constants(mod)
      }
    end

    def ancestors(mod)
      own = (mod.ancestors - [mod, *Object.ancestors]).select do |ancestor|
        ancestor <= Exception || ancestor.name.to_s.match?(/\A(Rdkafka\b|Enumerable\z)/)
      end
      own.map(&:name).grep_v(NATIVE_MEMORY)
    end

    # Attached functions are not part of the API.
    def methods(mod)
      return {} if mod.name == "Rdkafka::Bindings"

      mod.public_instance_methods(false).sort.to_h { |name| [name.to_s, parameters(mod.instance_method(name))] }
    end

    def singleton_methods(mod)
      return {} if mod.name == "Rdkafka::Bindings"

      mod.singleton_methods(false).sort.to_h { |name| [name.to_s, parameters(mod.method(name))] }
    end

    def parameters(method)
      method.parameters.map { |parameter| parameter.join(" ") }.join(", ")
    end

    def constants(mod)
      values = mod.constants(false).sort.to_h { |name| [name.to_s, value_of(mod, name)] }
      values.select { |_, value| PLAIN_VALUES.include?(value.class) }
    end

    def differences_of(name, expected, surface)
      actual = surface[name]
      found = {}
      found[name] = "#{actual["kind"]} instead of #{expected["kind"]}" if actual["kind"] != expected["kind"]
      lost = expected["ancestors"] - actual["ancestors"]
      found[name] = "does not descend from #{lost.join(", ")}" unless lost.empty?
      members = actual.merge("methods" => methods_with_inherited(expected, actual, surface))
      { "methods" => "#", "singleton_methods" => ".", "constants" => "::" }.each do |section, separator|
        expected[section].each do |member, wanted|
          actual_member = members[section].fetch(member, :missing)
          next if section != "constants" && accepts?(wanted, actual_member)

          text = difference(wanted, actual_member)
          found["#{name}#{separator}#{member}"] = text if text
        end
      end
      found
    end

    # Where the methods are defined is of no concern to callers. Only what an ancestor of both defines does not count:
    # the expected class has a method of its own in its place.
    def methods_with_inherited(expected, actual, surface)
      further = actual["ancestors"] - expected["ancestors"]
      further.filter_map { |ancestor| surface.dig(ancestor, "methods") }.reduce(actual["methods"]) do |own, inherited|
        inherited.merge(own)
      end
    end

    def difference(wanted, found)
      return if found == wanted
      return "missing" if found == :missing

      "#{found.inspect} instead of #{wanted.inspect}"
    end

    # Whether a method can be called like the wanted one: it may have further keywords, and need less.
    def accepts?(wanted, found)
      return false if found == :missing

      wanted = wanted.split(", ")
      found = found.split(", ")
      found.shift(wanted.size).zip(wanted).all? { |own, other| stands_for?(own, other) } && found.all?(/\Akey(rest)? /)
    end

    # An `attr_writer` does not name its parameter.
    def stands_for?(own, other)
      [other, other.sub("req ", "opt ")].include?(own) || (other == "req" && own.start_with?("req "))
    end
  end
end

if $PROGRAM_NAME == __FILE__
  require "rdkafka"
  require "rdkafka/producer/testing"
  $stdout.puts JSON.pretty_generate(ApiSurface.of(Rdkafka))
end
