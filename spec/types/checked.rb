# frozen_string_literal: true

# Has every call of the driver's public methods checked against the signatures in sig/; required before the driver:
#
#   bundle exec ruby -r./spec/types/checked.rb -S rspec --tag ~untyped spec/mock/producer_spec.rb

ENV["RBS_TEST_TARGET"] ||= "Rdkafka,Rdkafka::*,KarafkaNative,KarafkaNative::*"
ENV["RBS_TEST_OPT"] ||= "-I sig -r logger"
ENV["RBS_TEST_LOGLEVEL"] ||= "error"
ENV["RBS_TEST_DOUBLE_SUITE"] ||= "rspec"
require "rbs/test/setup"

# A call that raises may have been given anything: many examples are about that.
module OnlyCallsThatReturn
  def call(receiver, trace)
    super unless trace.method_call.exception?
  end
end
RBS::Test::Tester::MethodCallTester.prepend(OnlyCallsThatReturn)
