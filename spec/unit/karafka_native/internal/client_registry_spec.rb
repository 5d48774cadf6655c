# frozen_string_literal: true

RSpec.describe KarafkaNative::Internal::ClientRegistry do
  subject(:registry) { described_class.new }

  let(:journal) { [] }

  def clients_of(from = registry)
    clients = []
    from.each_client { |client| clients << client }
    clients
  end

  it "hands the client back" do
    client = FakeClient.new("a")

    expect(registry.add(client)).to equal(client)
  end

  it "goes through the clients in order of registration, closed ones too" do
    clients = Array.new(20) { |number| registry.add(FakeClient.new(number.to_s)) }
    clients[3].close

    expect(clients_of).to eq(clients)
  end

  it "knows a client once, however often it is added" do
    client = FakeClient.new("a")
    2.times { registry.add(client) }

    expect(clients_of).to eq([client])
  end

  it "keeps equal clients apart" do
    clients = Array.new(2) { registry.add(Struct.new(:closed?).new(false)) }

    expect(clients_of).to eq(clients)
  end

  it "does not let one failing client stop the others, and raises the first error", statement: 97 do
    clients = %w[a b c].map do |name|
      registry.add(FakeClient.new(name, journal) { raise "#{name} failed" unless name == "b" })
    end

    expect { registry.each_client(&:close) }.to raise_error(RuntimeError, "a failed")
    expect(journal.map(&:first)).to eq(%w[a b c])
    expect(clients).to all(be_closed)
  end

  it "is stopped by an interrupt" do
    clients = %w[a b].map { |name| registry.add(FakeClient.new(name, journal) { raise Interrupt }) }

    expect { registry.each_client(&:close) }.to raise_error(Interrupt)
    expect(clients.map(&:closed?)).to eq([true, false])
  end

  it "lets clients be registered meanwhile" do
    late = FakeClient.new("late")
    first = registry.add(FakeClient.new("first") { registry.add(late) })
    registry.each_client(&:close)

    expect(first).to be_closed
    expect(clients_of).to eq([first, late])
  end

  it "does not keep clients alive", statement: 98 do
    Array.new(8) { Thread.new { registry.add(FakeClient.new("a")).then { nil } } }.each(&:join)
    GC.start

    # The machine stack may hold on to a few of them.
    expect(clients_of.size).to be < 4
  end

  it "takes registrations of several threads at once" do
    gate = Thread::Queue.new
    threads = Array.new(8) do |number|
      Thread.new do
        gate.pop
        Array.new(50) { registry.add(FakeClient.new(number.to_s)) }
      end
    end
    gate.close
    clients = threads.flat_map(&:value)

    expect(clients_of).to match_array(clients)
  end

  describe "in a forked process" do
    let!(:inherited) { registry.add(FakeClient.new("inherited")) }

    it "has nothing to do with the clients of the parent", statement: 96 do
      expect(in_fork { clients_of.size }).to eq(0)
      expect(clients_of).to eq([inherited])
    end

    it "starts anew with the first client of the child" do
      names = in_fork do
        own = [registry.add(FakeClient.new("one")), registry.add(FakeClient.new("two"))]
        [clients_of.map(&:name), own.size]
      end

      expect(names).to eq([%w[one two], 2])
    end

    it "loses none of several first clients made at the same time", defect: 26 do
      count = in_fork do
        gate = Thread::Queue.new
        threads = Array.new(8) do |number|
          Thread.new do
            gate.pop
            registry.add(FakeClient.new(number.to_s))
          end
        end
        gate.close
        clients = threads.map(&:value)
        [clients_of.size, clients.size]
      end

      expect(count).to eq([8, 8])
    end
  end
end
