# frozen_string_literal: true

require "etc"

module KarafkaNative
  module Internal
    # The few names of the ffi gem that Karafka and its gems use, so that they load without it.
    #
    # They refer to `FFI` inside `module Karafka`, so `Karafka::FFI` catches these references and a real ffi gem is left
    # alone.
    #
    # @private
    module FFI
      # Raised for missing functions; a LoadError, as in the ffi gem.
      class NotFoundError < LoadError
      end

      # An address. It is only looked up among live clients and lists, never dereferenced.
      class Pointer
        # @return [Integer]
        attr_reader :address
        alias to_i address

        # @param type_or_address [Object] a type, which is ignored, or the address
        # @param address [Integer]
        def initialize(type_or_address, address = type_or_address)
          @address = Integer(address)
        end

        # @return [Boolean]
        def null?
          @address.zero?
        end

        # @return [Pointer] self, or a pointer of the ffi gem if it is loaded, because its functions require one
        def to_ptr
          defined?(::FFI::Pointer) ? ::FFI::Pointer.new(@address) : self
        end

        # @param other [Object]
        # @return [Boolean] whether other is a pointer to the same address, or nil for a null pointer
        def ==(other)
          return null? if other.nil?

          other.respond_to?(:address) && other.address == @address
        end
        alias eql? ==

        # @return [Integer]
        def hash
          @address.hash
        end

        # @return [String]
        def inspect
          format("#<%<class>s address=0x%<address>x>", class: self.class, address: @address)
        end

        # The null pointer.
        NULL = new(0).freeze
      end

      # A callback in place of a native function. The driver calls it directly.
      class Function < Pointer
        # @param _result [Symbol] native types, ignored
        # @param _parameters [Array<Symbol>]
        # @param callable [#call, nil] unless a block is given
        def initialize(_result, _parameters, callable = nil, _options = nil, &block)
          @callable = block || callable
          raise ArgumentError, "a Function needs a block or something to call" unless @callable.respond_to?(:call)

          super(@callable.object_id)
        end

        # @return [Object] what the block returns
        def call(*)
          @callable.call(*)
        end
      end

      # Has one function of the C library, the one that Karafka-Web uses.
      module StandardLibrary
        # @return [nil] whatever the names are, because there is only the C library
        def ffi_lib(*)
          nil
        end

        # @param name [Symbol] only `sysconf`
        # @raise [NotFoundError] for other names
        def attach_function(name, *)
          raise NotFoundError, "function '#{name}' is not available without the ffi gem" unless name.to_sym == :sysconf

          define_singleton_method(:sysconf) do |key|
            Etc.sysconf(key) || -1
          rescue SystemCallError
            -1
          end
        end
      end

      # `Library` is the ffi gem's, if it is installed, because applications may bind more functions.
      def self.const_missing(name)
        return super unless name == :Library

        const_set(:Library, real_library || StandardLibrary)
      end

      def self.real_library
        require "ffi"
        ::FFI::Library
      rescue LoadError
        nil
      end
      private_class_method :real_library
    end
  end
end

# The framework. The driver only defines the constant that its references to `FFI` find.
#
# @private
module Karafka
  # Stands for the ffi gem.
  FFI = KarafkaNative::Internal::FFI unless const_defined?(:FFI, false)
end
