# frozen_string_literal: true

module PublicCalls
  # Objects of one class, or functions of modules.
  class Kind
    # @return [String, nil] name of the class; nil for functions
    attr_reader :owner

    # @param owner [String, nil]
    # @param calls [Hash{Symbol, String => Proc, nil}] by method; each takes the object, and nil leaves the method out
    # @yieldreturn [Object] one to call the methods of
    def initialize(owner, calls, &make)
      @owner = owner
      @calls = calls
      @make = make
    end

    def make = @make.call

    # @return [Array<Symbol, String>] all that can be called
    def methods
      found = owner ? own_methods : @calls.keys
      found.reject { |method| @calls.key?(method) && @calls[method].nil? }
    end

    # @return [Array<Symbol>] those that need arguments, which the table does not have
    def missing
      methods.reject { |method| @calls.key?(method) || optional?(owner_class.instance_method(method)) }
    end

    # Calls it with sensible arguments. Without an entry in the table, there are none.
    def call(object, method)
      call = @calls[method]
      call ? call.call(object) : object.public_send(method)
    end

    # Calls each method again and again for a while, at least once: on one object, as long as that is not closed.
    #
    # @param seconds [Numeric]
    # @return [void]
    def call_all(seconds)
      object = make
      methods.each do |method|
        deadline = now + seconds
        loop do
          object = make if object.respond_to?(:closed?) && object.closed?
          attempt(object, method)
          break if now > deadline
        end
      end
    ensure
      object.close if object.respond_to?(:close)
    end

    # Like {#call}, but nothing when mock brokers cannot do it, or not in this state.
    def attempt(object, method)
      call(object, method)
    rescue Rdkafka::BaseError, RuntimeError
      nil
    end

    # @return [Method]
    def method_of(object, method)
      return object.method(method) if owner

      name, function = method.split(".")
      Object.const_get(name).method(function)
    end

    private

    def owner_class = Object.const_get(owner)

    def own_methods
      inherited = Object.public_instance_methods + Enumerable.public_instance_methods
      ((owner_class.public_instance_methods - inherited) | owner_class.public_instance_methods(false)) -
        %i[inspect pretty_print]
    end

    def optional?(method)
      method.parameters.none? { |kind, _| kind.end_with?("req") }
    end
  end
end
