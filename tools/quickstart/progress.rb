# frozen_string_literal: true

require_relative "numbers"

module Quickstart
  # Shows how far a step has come: a bar on a terminal, a line for every quarter elsewhere.
  class Progress
    FORMAT = "%t |%B| %p%%"
    private_constant :FORMAT

    # @param title [String]
    # @param total [Integer]
    # @param output [IO]
    def self.start(title, total, output)
      bar = output.tty? && bar(title, total, output)
      bar || new(title, total, output)
    end

    # @return [Bar, nil] nil without the gem
    def self.bar(title, total, output)
      require "ruby-progressbar"
      Bar.new(ProgressBar.create(title: title, total: total, output: output, format: FORMAT))
    rescue LoadError
      nil
    end
    private_class_method :bar

    # Lines, each once a quarter is done.
    #
    # @param title [String]
    # @param total [Integer]
    # @param output [IO]
    def initialize(title, total, output)
      @title = title
      @total = total
      @output = output
      @quarter = 0
    end

    # @param done [Integer]
    def show(done)
      quarter = done * 4 / @total
      return if quarter == @quarter

      @quarter = quarter
      @output.puts("#{@title}: #{Numbers.grouped(done)} of #{Numbers.grouped(@total)}")
    end

    # Call this in any case.
    def finish; end

    # The bar of the gem.
    class Bar
      # @param bar [ProgressBar::Base]
      def initialize(bar)
        @bar = bar
      end

      # @param done [Integer]
      def show(done)
        @bar.progress = done
      end

      # Leaves a bar that is not full as it is.
      def finish
        @bar.stop
      end
    end
  end
end
