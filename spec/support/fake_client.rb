# frozen_string_literal: true

# A client as the registry sees it.
class FakeClient
  attr_reader :name

  # @param name [String]
  # @param journal [Array] gets what happens
  # @param lost [Integer] messages given up at exit
  def initialize(name, journal = [], lost: 0, &on_close)
    @name = name
    @journal = journal
    @lost = lost
    @on_close = on_close
    @closed = false
  end

  def closed?
    @closed
  end

  def close
    @journal << [@name, :close]
    finish
    nil
  end

  def close_at_exit(remaining_ms)
    return 0 if closed?

    @journal << [@name, remaining_ms]
    finish
    @lost
  end

  private

  def finish
    @closed = true
    @on_close&.call
  end
end
