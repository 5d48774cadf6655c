# frozen_string_literal: true

# Compares the signatures in sig/ with the classes and modules that run.
class Signatures
  # Without signatures: what the extension defines, what nobody but the driver itself calls, and the command.
  PRIVATE = /\AKarafkaNative::
    (CommandLine|Native|
      Internal::(FFI|Callbacks|ErrorReport|GroupMetadataPointer|HandleRegistry|Listeners?|PollingThread|
      Rebalance|Replaceable))\b/x
  POSITIONALS = %i[req opt rest].freeze
  SIG = File.expand_path("../../sig", __dir__)

  # @param folder [String] with signatures
  # @param roots [Array<Module>] whose classes and modules have to have signatures
  def initialize(folder = SIG, roots: [Rdkafka, KarafkaNative])
    loader = RBS::EnvironmentLoader.new
    loader.add(path: Pathname(folder))
    %w[logger json].each { |library| loader.add(library: library, version: nil) }
    @roots = roots
    @environment = RBS::Environment.from_loader(loader).resolve_type_names
    @builder = RBS::DefinitionBuilder.new(env: @environment)
  end

  # @return [Array<String>] what the code has and the signatures have not
  def missing
    modules.flat_map do |mod|
      next [mod.name] unless definition(mod)

      missing_methods(mod) + missing_constants(mod)
    end
  end

  # @return [Array<String>] what the signatures have and the code has not
  def superfluous
    (declared.flat_map { |name| superfluous_in(name) } + superfluous_constants).uniq
  end

  # @return [Array<String>] methods whose parameters differ
  def different
    declared.flat_map { |name| differences(name) }
  end

  # @return [Array<String>] constants whose value is not of the declared type
  def mistyped
    check = RBS::Test::TypeCheck.new(
      self_class: Object, builder: @builder, sample_size: nil, unchecked_classes: [], instance_class: Object,
      class_class: Object
    )
    own_constants.filter_map do |name, entry|
      name.to_s unless check.value(constant(name), entry.decl.type)
    end
  end

  private

  def modules
    @modules ||= @roots.flat_map { |root| modules_below(root) }.grep_v(->(mod) { PRIVATE.match?(mod.name) })
  end

  def modules_below(mod)
    children = mod.constants(false).map { |name| mod.const_get(name) }.grep(Module)
    own = children.select { |child| child.name.start_with?("#{mod.name}::") }
    [mod, *own.flat_map { |child| modules_below(child) }]
  end

  # Names of all classes and modules in the folder.
  def declared
    prefixes = @roots.map { |root| "::#{root.name}" }
    @environment.class_decls.keys.select { |name| prefixes.any? { |prefix| name.to_s.match?(/\A#{prefix}(::|\z)/) } }
  end

  def definition(mod, singleton: false)
    name = RBS::TypeName.parse("::#{mod.name}")
    return unless @environment.class_decls.key?(name)

    singleton ? @builder.build_singleton(name) : @builder.build_instance(name)
  end

  def missing_methods(mod)
    instance = mod.public_instance_methods(false).reject { |name| ours?(definition(mod).methods[name]) }
    singleton = mod.singleton_methods(false).reject { |name| ours?(definition(mod, singleton: true).methods[name]) }
    instance.map { |name| "#{mod.name}##{name}" } + singleton.map { |name| "#{mod.name}.#{name}" }
  end

  # Whether a method is declared in the folder, not by Ruby's own signatures.
  def ours?(method)
    method&.defs&.any? { |declaration| declared.include?(declaration.implemented_in) }
  end

  def missing_constants(mod)
    names = mod.constants(false).map { |name| "::#{mod.name}::#{name}" }.reject do |name|
      PRIVATE.match?(name.delete_prefix("::")) || known_constant?(RBS::TypeName.parse(name))
    end
    names.map { |name| name.delete_prefix("::") }
  end

  def known_constant?(name)
    @environment.constant_decls.key?(name) || @environment.class_decls.key?(name) ||
      @environment.class_alias_decls.key?(name)
  end

  def superfluous_in(name)
    mod = constant(name) or return [name.to_s]

    each_declared_method(name).filter_map do |place, kind, method_name|
      place unless method(mod, kind, method_name)
    end
  end

  def superfluous_constants
    own_constants.keys.select { |name| constant(name).nil? }.map(&:to_s)
  end

  def own_constants
    prefixes = @roots.map { |root| "::#{root.name}::" }
    @environment.constant_decls.select { |name, _| name.to_s.start_with?(*prefixes) }
  end

  def differences(name)
    mod = constant(name) or return []

    each_declared_method(name).filter_map do |place, kind, method_name, declarations|
      found = method(mod, kind, method_name) or next
      next if declarations.any? { |declaration| same_shape?(declaration.type, found.parameters) }

      "#{place}: #{declarations.map { |declaration| declaration.type.to_s }.join(" | ")} / #{found.parameters}"
    end
  end

  # Places, kinds, names and declarations of the methods that are declared in exactly this class or module.
  def each_declared_method(name)
    definitions = { instance: @builder.build_instance(name), singleton: @builder.build_singleton(name) }
    definitions.flat_map do |kind, definition|
      definition.methods.filter_map do |method_name, method|
        declarations = method.defs.select { |declaration| declaration.implemented_in == name }
        next if declarations.empty? || (kind == :singleton && method_name == :new && declared_initialize?(name))

        ["#{name}#{kind == :instance ? "#" : "."}#{method_name}", kind, method_name, declarations]
      end
    end
  end

  # `new` is then derived from it.
  def declared_initialize?(name)
    singleton = @builder.build_singleton(name).methods[:new]
    singleton.defs.all? { |declaration| declaration.member.name == :initialize }
  end

  def method(mod, kind, name)
    kind == :instance ? mod.instance_method(name) : mod.method(name)
  rescue NameError
    nil
  end

  # Private constants are found, too.
  def constant(name)
    name.to_s.delete_prefix("::").split("::").reduce(Object) { |mod, part| mod.const_get(part, false) }
  rescue NameError
    nil
  end

  def same_shape?(type, parameters)
    function = type.type
    return true if function.is_a?(RBS::Types::UntypedFunction)

    same_positionals?(positional_shape(function), positionals(parameters)) &&
      keyword_shape(function) == keywords(parameters) &&
      (type.block || parameters.none? { |kind, _| kind == :block })
  end

  # Parameters of `attr_writer` have no names, and signatures may omit names.
  def same_positionals?(declared, found)
    declared.map(&:first) == found.map(&:first) &&
      declared.zip(found).all? { |(_, one), (_, other)| one.nil? || other.nil? || one == other }
  end

  def positional_shape(function)
    [
      *function.required_positionals.map { |parameter| [:req, parameter.name] },
      *function.optional_positionals.map { |parameter| [:opt, parameter.name] },
      *[function.rest_positionals].compact.map { |parameter| [:rest, parameter.name] },
      *function.trailing_positionals.map { |parameter| [:req, parameter.name] }
    ]
  end

  def positionals(parameters)
    # These are pairs in an Array, not the Hash that RuboCop assumes.
    parameters.select { |kind, _| POSITIONALS.include?(kind) } # rubocop:disable Style/HashSlice
  end

  def keyword_shape(function)
    {
      keyreq: function.required_keywords.keys.sort, key: function.optional_keywords.keys.sort,
      keyrest: !function.rest_keywords.nil?
    }
  end

  def keywords(parameters)
    {
      keyreq: names(parameters, :keyreq), key: names(parameters, :key),
      keyrest: parameters.any? { |kind, _| kind == :keyrest }
    }
  end

  def names(parameters, wanted)
    parameters.filter_map { |kind, name| name if kind == wanted }.sort
  end
end
