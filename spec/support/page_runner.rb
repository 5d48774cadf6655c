# frozen_string_literal: true

require "json"
require "open3"
require_relative "pages"
require_relative "ruby_process"

# Runs a block of the documentation as a reader would: in a Ruby of its own.
module PageRunner
  PRELUDE = File.expand_path("../docs/prelude.rb", __dir__)
  SECONDS = 60

  # @param block [Pages::Block]
  # @param replacements [Hash{String => String}] what is written on the page, and what stands for it here
  # @param environment [Hash{String => String}]
  # @return [String, nil] what is wrong: that it fails, does not end, or prints something else than the page says
  def failure_of(block, replacements: {}, environment: {})
    variables = {
      "KN_CODE" => block.code, "KN_BEFORE" => block.notes["before"], "KN_PAGE" => block.page.name,
      "KN_LINE" => block.line.to_s, "KN_REPLACEMENTS" => JSON.generate(replacements), **environment
    }
    printed, complaints, ending = run_page_process(variables, block.notes["until"])
    return "#{block.place} ended with #{ending}:\n#{complaints}#{printed}" unless ending == :well

    "#{block.place} prints\n#{printed}" unless as_expected?(block, printed)
  end

  private

  def run_page_process(variables, last_words)
    Open3.popen3(variables, *RubyProcess.command(PRELUDE), pgroup: true) do |input, out, err, waiter|
      input.close
      complaints = Thread.new { err.read }
      printed = Thread.new { read_output(out, last_words) { Process.kill(:INT, waiter.pid) } }
      hung = waiter.join(SECONDS).nil?
      Process.kill(:KILL, -waiter.pid) if hung
      [printed.value, complaints.value, hung ? "no end" : ending(waiter.value, printed.value, last_words)]
    end
  end

  # Calls the block when the last words have been printed.
  def read_output(out, last_words)
    out.each_line.with_object(+"") do |line, text|
      text << line
      if last_words && line.include?(last_words)
        last_words = nil
        yield
      end
    end
  end

  def ending(status, printed, last_words)
    return :well if status.success? && (last_words.nil? || printed.include?(last_words))
    return :well if last_words && printed.include?(last_words) && status.termsig == Signal.list.fetch("INT")

    status.to_s
  end

  def as_expected?(block, printed)
    return true unless block.output

    printed.strip.match?(/\A#{Regexp.escape(block.output.strip).gsub("…", ".*")}\z/)
  end
end
