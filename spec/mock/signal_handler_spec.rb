# frozen_string_literal: true

RSpec.describe "In a signal handler" do
  def in_handler(script, **)
    run_child(<<~RUBY, **)
      done = Queue.new
      trap(:USR1) do
        done << begin
          #{script}
        rescue Exception => e
          [e.class, e.message]
        end
      end
      Process.kill(:USR1, Process.pid)
      p done.pop
    RUBY
  end

  { "producer" => "producer", "consumer" => "consumer", "admin client" => "admin" }.each do |kind, client|
    it "a #{kind} can be made, as the first one of the process, and closed" do
      expect(in_handler("#{client}.close")).to print_lines("nil")
    end
  end

  it "a message with partition key is produced" do
    script = 'producer.produce(topic: TOPIC, payload: "1", partition_key: "key").wait.offset'

    expect(in_handler(script, topic: new_topic)).to print_lines(0)
  end
end
