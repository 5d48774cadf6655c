# frozen_string_literal: true

RSpec.describe "Building errors" do
  let(:error_class) { Rdkafka::RdkafkaError }
  let(:null_pointer) { double(address: 0) }
  let(:pointer) { double(address: 0x1000) }
  let(:client) { double(address: 0x2000) }

  def native_error(*fields)
    allow(KarafkaNative::Native).to receive(:error_from_address).with(0x1000).and_return(fields)
  end

  def fatal_error(found)
    allow(Rdkafka::Bindings).to receive(:extract_fatal_error).with(client).and_return(found)
  end

  describe ".build" do
    it "makes nothing of success" do
      expect(error_class.build(0)).to be(false)
      expect(error_class.build(nil)).to be(false)
      expect(error_class.build(null_pointer)).to be(false)
    end

    it "makes an error of a code" do
      error = error_class.build(10, "Error", broker_message: "text", instance_name: "name")

      expect(error).to have_attributes(
        rdkafka_response: 10, message_prefix: "Error", broker_message: "text", instance_name: "name", details: {}
      )
    end

    it "hands an error back" do
      error = error_class.new(10)

      expect(error_class.build(error, "ignored")).to equal(error)
    end

    it "reads a native error object" do
      native_error(-172, "Operation not valid in state Init", true, false, true)

      expect(error_class.build(pointer, "Error", instance_name: "name")).to have_attributes(
        code: :state, message_prefix: "Error", instance_name: "name", fatal?: true, retryable?: false, abortable?: true
      )
    end

    it "does not resolve the fatal marker", statement: 52 do
      expect(error_class.build(-150)).to have_attributes(rdkafka_response: -150, fatal?: false)
    end

    ["10", :state, 1.5, Object.new, true, [10]].each do |bad|
      it "refuses #{bad.class} (#{bad.inspect[0, 12]})" do
        expect { error_class.build(bad) }.to raise_error(TypeError, "expected a pointer, got #{bad.class}")
      end
    end
  end

  describe ".build_from_c" do
    it "takes the text of the native object as broker message", statement: 107 do
      native_error(-186, "Config name is required", false, false, false)

      expect(error_class.build_from_c(pointer).to_s).to end_with("(invalid_arg)\nConfig name is required")
    end

    it "prefers the broker message that was passed in", statement: 107 do
      native_error(-186, "Config name is required", false, false, false)

      expect(error_class.build_from_c(pointer, broker_message: "mine").broker_message).to eq("mine")
    end

    it "tells two causes of one code apart", statement: 107 do
      errors = ["Config name is required", "Config value is required"].map do |text|
        native_error(-186, text, false, false, false)
        error_class.build_from_c(pointer)
      end

      expect(errors.first).not_to eq(errors.last)
    end

    it "counts code 0 as no error", statement: 108 do
      native_error(0, "Success", false, false, false)

      expect(error_class.build_from_c(pointer)).to be(false)
    end

    it "makes nothing of nothing" do
      expect(error_class.build_from_c(nil)).to be(false)
      expect(error_class.build_from_c(null_pointer)).to be(false)
    end

    it "accepts bare addresses and what converts to a pointer" do
      native_error(10, "text", false, true, false)

      expect(error_class.build_from_c(0x1000)).to be_retryable
      expect(error_class.build_from_c(double(to_ptr: pointer))).to be_retryable
    end

    it "refuses what is no pointer" do
      expect { error_class.build_from_c("10") }.to raise_error(TypeError, "expected a pointer, got String")
    end

    it "passes on that an address is unknown" do
      allow(KarafkaNative::Native).to receive(:error_from_address).and_raise(ArgumentError, "unknown")

      expect { error_class.build_from_c(pointer) }.to raise_error(ArgumentError, "unknown")
    end
  end

  describe ".validate!" do
    it "returns false for success" do
      expect(error_class.validate!(0)).to be(false)
      expect(error_class.validate!(nil, client_ptr: client)).to be(false)
    end

    it "raises the error" do
      expect { error_class.validate!(10, "Error", broker_message: "text") }.to raise_error(error_class) { |error|
        expect(error.to_s).to eq("Error - Broker: Message size too large (msg_size_too_large)\ntext")
      }
    end

    it "replaces the fatal marker by the error behind it", statement: 52 do
      fatal_error({ error_code: 47, error_string: "test_fatal_error: x" })

      expect { error_class.validate!(-150, "Error", client_ptr: client) }.to raise_error(error_class) { |error|
        expect(error).to have_attributes(
          code: :invalid_producer_epoch, fatal?: true, broker_message: "test_fatal_error: x", message_prefix: nil,
          details: {}
        )
      }
    end

    it "keeps the broker message when there is no error behind the marker" do
      fatal_error(nil)

      expect { error_class.validate!(-150, "Error", broker_message: "text", client_ptr: client) }
        .to raise_error(error_class) { |error| expect(error).to have_attributes(code: :fatal, broker_message: "text") }
    end

    it "leaves the marker alone without a client", statement: 52 do
      [nil, null_pointer].each do |none|
        expect { error_class.validate!(-150, "Error", client_ptr: none) }.to raise_error(error_class) { |error|
          expect(error).to have_attributes(rdkafka_response: -150, fatal?: false, message_prefix: "Error")
        }
      end
    end

    it "leaves other errors alone with a client" do
      expect { error_class.validate!(10, client_ptr: client) }
        .to raise_error(error_class) { |error| expect(error).not_to be_fatal }
    end
  end

  it "has no validate_fatal!, which the API never had", statement: 90 do
    expect(error_class).not_to respond_to(:validate_fatal!)
  end

  describe ".build_fatal" do
    it "is the fatal error of the client" do
      fatal_error({ error_code: 90, error_string: "fenced" })

      expect(error_class.build_fatal(client, fallback_error_code: 1, fallback_message: "x", instance_name: "name"))
        .to have_attributes(code: :producer_fenced, fatal?: true, broker_message: "fenced", instance_name: "name")
    end

    it "falls back when the client has none" do
      fatal_error(nil)

      expect(error_class.build_fatal(client)).to have_attributes(code: :fatal, fatal?: true, broker_message: nil)
      expect(error_class.build_fatal(client, fallback_error_code: 10, fallback_message: "text"))
        .to have_attributes(code: :msg_size_too_large, fatal?: true, broker_message: "text")
    end

    it "falls back without a client instead of crashing" do
      [nil, null_pointer, 0].each do |none|
        expect(error_class.build_fatal(none, fallback_message: "text"))
          .to have_attributes(code: :fatal, fatal?: true, broker_message: "text")
      end
    end

    it "refuses what is no client" do
      expect { error_class.build_fatal("client") }.to raise_error(TypeError, "expected a pointer, got String")
    end
  end
end
