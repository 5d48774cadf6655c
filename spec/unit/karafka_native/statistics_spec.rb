# frozen_string_literal: true

require "json"

RSpec.describe "The parser of statistics" do
  def parse(document) = KarafkaNative::Native.parse_statistics(document)

  # Classes and encodings too, which do not count for equality.
  def kinds(value)
    case value
    when Hash then value.map { |name, item| [name.encoding, name.frozen?, kinds(item)] }
    when Array then value.map { |item| kinds(item) }
    when String then [value.encoding, value.frozen?]
    else value.class
    end
  end

  it "gives what JSON.parse gives of a document of librdkafka", statement: 74 do
    document = File.read(File.join(__dir__, "../../fixtures/statistics.json"))

    expect(parse(document)).to eq(JSON.parse(document))
    expect(kinds(parse(document))).to eq(kinds(JSON.parse(document)))
  end

  it "gives what JSON.parse gives of everything else" do
    document = <<~'JSON'
      { "null": null, "yes": true, "no": false, "small": -1, "large": 18446744073709551615, "float": 0.5, "exponent": 1e3,
        "text": "é\u00e9\n\"", "empty": "", "list": [1, [], {}, "a"], "a\"b": { "x": 1, "y": { "z": [null] } },
        "alike": { "0": { "a": 1, "b": "x", "c": {} }, "1": { "a": 2, "b": "x", "c": {} }, "2": { "a": 2, "c": 3 } },
        "many": { NUMBERS } }
    JSON
    numbers = Array.new(200) { |number| "\"#{number}\": #{number}" }
    document = document.sub("NUMBERS", numbers.join(", "))

    expect(parse(document)).to eq(JSON.parse(document))
    expect(kinds(parse(document))).to eq(kinds(JSON.parse(document)))
  end

  it "shares no values between objects that are alike" do
    partitions = parse('{ "0": { "a": "x", "b": [1] }, "1": { "a": "x", "b": [1] } }')
    partitions["0"]["a"] << "y"
    partitions["0"]["b"] << 2

    expect(partitions["1"]).to eq("a" => "x", "b" => [1])
  end

  it "shares no texts between objects that differ in a number only" do
    partitions = parse('{ "0": { "a": "x", "b": 1 }, "1": { "a": "x", "b": 2 }, "2": { "a": "x", "b": 1 } }')
    partitions["0"]["a"] << "y"
    partitions["1"].delete("b")

    expect(partitions["1"]).to eq("a" => "x")
    expect(partitions["2"]).to eq("a" => "x", "b" => 1)
  end

  it "gives what JSON.parse gives of objects of two kinds in turns" do
    kinds = %w[active none].map.with_index do |state, kind|
      Array.new(12) { |number| ["offset#{number}", kind * number] }.to_h.merge("state" => state)
    end
    document = JSON.generate(Array.new(8) { |number| [number.to_s, { **kinds[number % 2], "n" => number }] }.to_h)

    expect(parse(document)).to eq(JSON.parse(document))
  end

  it "refuses what is no JSON" do
    expect { parse("{") }.to raise_error(ArgumentError, "invalid JSON at byte 1")
  end
end
