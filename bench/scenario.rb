# frozen_string_literal: true

# One measurement. The block runs in the driver's process (run_scenario.rb).
class Scenario
  # How many messages of 100 bytes an embedded partition keeps, at least.
  ROOM = 30_000

  class << self
    # @return [Array<Scenario>] in the order of the table
    def all
      Dir[File.join(__dir__, "scenarios", "*.rb")].each { |file| require file } if registered.empty?
      registered.sort_by.with_index { |scenario, index| [scenario.place, index] }
    end

    # @param name [String]
    # @return [Scenario]
    def find(name)
      all.find { |scenario| scenario.name == name } or raise ArgumentError, "no scenario #{name}"
    end

    # @param name [String]
    # @param options [Hash] see {#initialize}
    # The block runs on a {Workbench}.
    def add(name, **, &)
      registered << new(name, **, &)
    end

    private

    def registered
      @registered ||= []
    end
  end

  attr_reader :name, :place, :metric, :goals, :filled, :partitions, :headers, :body

  # @param name [String]
  # @param place [Integer] orders the files of scenarios
  # @param metric [Symbol] which of the readings is compared; `per_second` and `share` are better when higher
  # @param goals [Hash{Symbol => Float}] ratio to be reached, by the driver that is compared with; `native`: a reading
  # @param raw [Array<String>, nil] scenario of raw.c for the same, with its last argument if that is not the partitions
  # @param python [Array<String>, nil] the same of python.py
  # @param filled [Boolean] whether the topic has the messages already
  # @param headers [Integer] how many each of those has
  # @param partitions [Integer] of the topic
  # @param share [Float] which part of the messages is enough for it
  # @param ffi_share [Float] the same for the FFI driver, where it takes too long
  # @param fixed [Integer, nil] number of messages, where that is the point
  # @param ffi [Boolean] whether the FFI driver is measured, too
  def initialize(name, place:, metric: :per_second, goals: {}, raw: nil, python: nil, filled: false, headers: 0,
    partitions: 12, share: 1.0, ffi_share: 1.0, fixed: nil, ffi: true, &body)
    @name = name
    @place = place
    @metric = metric
    @goals = goals
    @programs = { "raw" => raw, "python" => python }
    @filled = filled
    @headers = headers
    @partitions = partitions
    @share = share
    @ffi_share = ffi_share
    @fixed = fixed
    @ffi = ffi
    @body = body
  end

  # @param driver [String]
  # @return [Boolean] whether it takes part
  def for?(driver)
    case driver
    when "raw", "python" then !@programs[driver].nil?
    when "ffi" then @ffi
    else true
    end
  end

  # @param driver [String] `"raw"` or `"python"`
  # @return [Array<String>] what the driver's program is called with
  def arguments(driver, servers, topic, messages)
    name, last = @programs.fetch(driver)
    [name, servers, topic, messages.to_s, last || partitions.to_s]
  end

  # @return [Boolean] whether more is better
  def rate? = %i[per_second share].include?(metric)

  # @param full [Integer]
  # @param driver [String]
  # @return [Integer] how many messages the driver gets
  def messages(full, driver)
    wanted = (full * @share * (driver == "ffi" ? @ffi_share : 1)).to_i
    @fixed || wanted.clamp(1, filled ? partitions * ROOM : nil)
  end
end
