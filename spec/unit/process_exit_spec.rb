# frozen_string_literal: true

RSpec.describe "the end of a process" do
  # @param script [String] what the process does with a client named "a" open
  def run(script)
    run_ruby(<<~RUBY)
      require "rdkafka"
      require #{File.expand_path("../support/fake_client.rb", __dir__).dump}

      $stdout.sync = true
      def open_client(name, **options, &on_close)
        Rdkafka::Clients.register(FakeClient.new(name, **options) { puts "closed \#{name}"; on_close&.call })
      end
      client = open_client("a")
      #{script}
    RUBY
  end

  it "closes clients, after the application's own blocks", statement: 95 do
    out, _err, status = run('at_exit { puts "application" }')

    expect(out.lines(chomp: true)).to eq(["application", "closed a"])
    expect(status.exitstatus).to eq(0)
  end

  it "keeps the exit status", statement: 94 do
    out, _err, status = run("exit 3")

    expect(out).to eq("closed a\n")
    expect(status.exitstatus).to eq(3)
  end

  it "closes clients after an uncaught exception", statement: 94 do
    out, err, status = run('raise "uncaught"')

    expect(out).to eq("closed a\n")
    expect(err).to include("uncaught")
    expect(status.exitstatus).to eq(1)
  end

  it "closes clients on SIGTERM" do
    out, _err, status = run('Process.kill("TERM", Process.pid); Thread::Queue.new.pop')

    expect(out).to eq("closed a\n")
    expect(status.termsig).to eq(Signal.list["TERM"])
  end

  it "closes nothing with exit!", statement: 95 do
    out, _err, status = run("exit!(4)")

    expect(out).to eq("")
    expect(status.exitstatus).to eq(4)
  end

  it "reports an error of a client and closes the others", statement: 97 do
    out, err, status = run('failing = open_client("b") { raise "b failed" }; last = open_client("c")')

    expect(out.lines(chomp: true)).to eq(["closed a", "closed b", "closed c"])
    expect(err).to include("b failed")
    expect(status.exitstatus).to eq(1)
  end

  it "logs what was given up" do
    out, _err, status = run('Rdkafka::Config.logger = Logger.new($stdout); lossy = open_client("b", lost: 2)')

    expect(out).to match(/closed a\nclosed b\n.*WARN.*b was still open.*2 undelivered/)
    expect(status.exitstatus).to eq(0)
  end

  it "leaves a forked child's inherited clients alone, and closes its own", statement: 96 do
    out, _err, status = run(<<~RUBY)
      Process.wait(fork { puts "child without" })
      Process.wait(fork { own = open_client("own") })
      exit($?.exitstatus)
    RUBY

    expect(out.lines(chomp: true)).to eq(["child without", "closed own", "closed a"])
    expect(status.exitstatus).to eq(0)
  end
end
