# frozen_string_literal: true

RSpec.describe "Callbacks of all clients" do
  let(:config) { Rdkafka::Config }

  %i[statistics_callback error_callback oauthbearer_token_refresh_callback].each do |name|
    describe ".#{name}" do
      around do |example|
        before = config.public_send(name)
        example.run
      ensure
        config.public_send(:"#{name}=", before)
      end

      before { config.public_send(:"#{name}=", nil) }

      it "can be a lambda, a method or any object with call", statement: 78 do
        [-> {}, method(:puts), Class.new { def call(*) = nil }.new].each do |callback|
          config.public_send(:"#{name}=", callback)

          expect(config.public_send(name)).to equal(callback)
        end
      end

      it "can be taken away", statement: 78 do
        config.public_send(:"#{name}=", -> {})
        config.public_send(:"#{name}=", nil)

        expect(config.public_send(name)).to be_nil
      end

      ["call", :call, 5, false, Object.new].each do |bad|
        it "cannot be a #{bad.class}", statement: 78 do
          callback = -> {}
          config.public_send(:"#{name}=", callback)

          expect { config.public_send(:"#{name}=", bad) }.to raise_error(TypeError, "Callback has to be callable")
          expect(config.public_send(name)).to equal(callback)
        end
      end

      it "is shared by subclasses" do
        callback = -> {}
        Class.new(config).public_send(:"#{name}=", callback)

        expect(config.public_send(name)).to equal(callback)
      end
    end
  end

  describe ".partitioner_key_uses_bytesize" do
    after { config.partitioner_key_uses_bytesize = false }

    it "is off by default", statement: 106 do
      expect(config.partitioner_key_uses_bytesize).to be(false)
    end

    it "keeps what is assigned", statement: 106 do
      [true, nil, :yes, "no", 0].each do |value|
        config.partitioner_key_uses_bytesize = value

        expect(config.partitioner_key_uses_bytesize).to equal(value)
      end
    end
  end

  describe ".opaques" do
    def register(opaque)
      opaque.object_id.tap { |number| config.opaques[number] = opaque }
    end

    it "finds an opaque by number while it lives", :gc do
      opaque = Rdkafka::Opaque.new
      number = register(opaque)
      GC.start

      expect(config.opaques[number]).to equal(opaque)
    end

    it "knows nothing else" do
      expect(config.opaques[-1]).to be_nil
      expect(config.opaques[2**62]).to be_nil
    end

    it "does not keep opaques alive" do
      numbers = Array.new(50) { Thread.new { register(Rdkafka::Opaque.new) } }.map(&:value)
      GC.start

      # The machine stack may hold on to a few of them.
      expect(numbers.count { |number| config.opaques.key?(number) }).to be < 10
    end

    it "is a weak map" do
      expect(config.opaques).to be_a(ObjectSpace::WeakMap)
    end
  end
end
