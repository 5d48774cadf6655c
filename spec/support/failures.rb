# frozen_string_literal: true

# Names each failed example for the table of bin/test, which is all that a reader of its last lines sees.
class Failures
  # @param report [String] path of the file to append to
  def initialize(report)
    @report = report
  end

  # @param notification [RSpec::Core::Notifications::FailedExampleNotification]
  # @return [void]
  def example_failed(notification)
    message = notification.exception.message.split.join(" ")[0, 200]
    File.write(@report, "#{notification.example.location_rerun_argument}\t#{message}\n", mode: "a")
  end
end

if (report = ENV.fetch("KN_FAILED", nil))
  RSpec.configure do |config|
    config.before(:suite) { config.reporter.register_listener(Failures.new(report), :example_failed) }
  end
end
