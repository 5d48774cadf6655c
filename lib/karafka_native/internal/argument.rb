# frozen_string_literal: true

module KarafkaNative
  module Internal
    # Converts arguments like Ruby's own methods: with `to_int`, `to_str`, `to_hash` and `to_ary`, never with `to_i` and
    # `to_h`, which unrelated values have too. `ruby_value.rs` does the same for arguments passed to the native side.
    #
    # @private
    module Argument
      class << self
        # @param value [Object]
        # @return [Integer, nil] nil for other values, including other numbers
        def integer(value)
          case value
          when Integer then value
          when Numeric then nil
          else Integer.try_convert(value)
          end
        end

        # @param value [Object]
        # @return [Integer, nil] like {.integer}, but also of a Float, without its fraction
        def truncated(value)
          value.is_a?(Float) && value.finite? ? value.to_i : integer(value)
        end

        # @param value [Numeric, #to_int]
        # @param name [String] for the error
        # @return [Numeric]
        # @raise [TypeError] for anything else
        def number(value, name)
          # Unlike `is_a?`, `===` cannot be overridden: an ActiveSupport::Duration is no Numeric, but has `to_int`.
          return value if Numeric === value # rubocop:disable Style/CaseEquality

          Integer.try_convert(value) or raise TypeError, "#{name} has to be a number, not #{value.class}"
        end

        # @param value [#to_str, #to_s] an option's name or value, for which `to_s` is good enough
        # @return [String]
        def text(value)
          String.try_convert(value) || value.to_s
        end

        # @param value [#to_str]
        # @param name [String] for the error
        # @return [String]
        # @raise [NoMethodError] for anything else
        def bytes(value, name)
          String.try_convert(value) or raise NoMethodError, "#{name} has to be a String, not #{value.class}"
        end

        # @param value [#to_hash]
        # @param name [String] for the error
        # @return [Hash]
        # @raise [NoMethodError] for anything else
        def mapping(value, name)
          Hash.try_convert(value) or raise NoMethodError, "#{name} has to be a Hash, not #{value.class}"
        end

        # @param options [#to_hash]
        # @param name [String] for the error
        # @return [Array<Array(String, String)>] names and values
        # @raise [NoMethodError] for anything else
        def options(options, name)
          mapping(options, name).map { |key, value| [text(key), text(value)] }
        end

        # @param value [#to_hash, #to_ary, Enumerable]
        # @param name [String] for the error
        # @return [Hash, Array]
        # @raise [NoMethodError] for anything else, and for a Struct, which is a single value although it is enumerable
        def collection(value, name)
          found = Hash.try_convert(value) || Array.try_convert(value)
          return found if found
          # A lazy one would stay lazy in `map`.
          return value.to_a if value.is_a?(Enumerable) && !value.is_a?(Struct)

          raise NoMethodError, "#{name} has to be a collection, not #{value.class}"
        end

        # @param topic_partition_offsets [Hash{String => Array<Hash>}] for each topic Hashes with `partition:` and
        #   `offset:`
        # @yieldparam offset [Object] as given
        # @yieldreturn [Integer]
        # @return [Array<Array(String, Integer, Integer)>] topics, partitions and offsets
        # @raise [KeyError] for a missing key
        # @raise [NoMethodError] for anything else
        def offsets(topic_partition_offsets)
          collection(topic_partition_offsets, "topic_partition_offsets").flat_map do |topic, partitions|
            collection(partitions, "partitions").map do |given|
              partition = mapping(given, "partition")
              [topic, partition.fetch(:partition), yield(partition.fetch(:offset))]
            end
          end
        end
      end
    end
  end
end
