# frozen_string_literal: true

# Hands values to a method in the guise of other classes, and values of the wrong kind (strangers) in place of some.
#
#   given = GivenValues.new(:rails)
#   producer.produce(topic: given.text("t"), timestamp: given.time(moment))
class GivenValues
  SAME = ->(value) { value }

  # What Ruby takes for a value of each kind, by guise.
  GUISES = {
    plain: Hash.new(SAME),
    rails: {
      text: ->(value) { ActiveSupport::SafeBuffer.new(value) },
      number: lambda(&:seconds),
      options: lambda(&:with_indifferent_access),
      list: ->(value) { ActiveSupport::ArrayInquirer.new(value) },
      time: ->(value) { value.in_time_zone("Tokyo") }
    },
    protocol: {
      text: ->(value) { Struct.new(:to_str).new(value) },
      number: ->(value) { Struct.new(:to_int).new(value) },
      options: ->(value) { Data.define(:to_hash).new(to_hash: value) },
      list: ->(value) { Data.define(:to_ary).new(to_ary: value) },
      time: ->(value) { Struct.new(:to_time).new(value) }
    },
    subclass: {
      text: ->(value) { Class.new(String).new(value) },
      number: SAME,
      options: ->(value) { Class.new(Hash).new.merge!(value) },
      list: ->(value) { Class.new(Array).new(value) },
      time: ->(value) { Class.new(Time).at(value) }
    }
  }.freeze

  # Values of other kinds. At most they have the conversions that unrelated values have, too, such as `to_i`.
  STRANGERS = {
    text: [Object.new, Data.define(:name).new(name: "t"), 5, ["t"]],
    number: [Struct.new(:to_i).new(5), Data.define(:value).new(value: 5), "5", [5], { a: 1 }],
    options: [Struct.new(:a).new(%w[k v]), Data.define(:a).new(a: 1), "a", 5],
    list: [Struct.new(:a).new("t"), Data.define(:a).new(a: "t"), 5.5, "t"],
    time: [Struct.new(:to_i).new(5), Data.define(:usec).new(usec: 1), "2017-09-10", :now]
  }.freeze

  # @return [Array<Symbol>] kinds of the values that strangers may take the place of, in the order they were handed out
  attr_reader :kinds

  # @param guise [Symbol] of {GUISES}
  # @param strangers [Hash{Integer => Object}] by place in {#kinds}
  def initialize(guise, strangers = {})
    @guise = GUISES.fetch(guise)
    @strangers = strangers
    @kinds = []
  end

  STRANGERS.each_key do |kind|
    define_method(kind) do |value|
      @kinds << kind
      @strangers.fetch(@kinds.size - 1) { any(kind, value) }
    end
  end

  # For an argument that may be of any kind, such as one that is converted with `to_s`.
  def any(kind, value)
    @guise[kind].call(value)
  end
end
