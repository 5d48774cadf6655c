# frozen_string_literal: true

require "zlib"

RSpec.describe KarafkaNative::Partitioner do
  # Hashes that Java's client has for these keys, and those that Go's hash/fnv has, without the sign.
  long = "PreAmbleWillBeRemoved,ThePrePartThatIs"
  hashes = {
    "kafka" => [0xd067cf64, 0x0d33c4e1], "giberish123456789" => [0x8f552b0c, 0x77a58295],
    "1234" => [0x9fc97b14, 0x023bdd03], "234" => [0xe7c009ca, 0x2dea3cd2], "34" => [0x873930da, 0x740fa83e],
    "4" => [0x5a4b5ca1, 0x310ca263], long => [0x78424f1c, 0x65cbd69c], long[1..] => [0x4a62b377, 0x6e49c79a],
    long[2..] => [0xe0e4e09e, 0x69eed356], long[3..] => [0x62b8b43f, 0x6abcc023], "" => [0x106e08d9, 0x7ee3623b],
    "21" => [-973_932_308], "foobar" => [-790_332_482], "abc" => [479_470_107],
    "a-little-bit-long-string" => [-985_981_536], "a-little-bit-longer-string" => [-1_486_304_829],
    "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8" => [-58_897_971]
  }

  hashes.each do |key, (java, go)|
    it "finds the partition that others find for #{key.inspect}" do
      [1, 7, 1_000, (2**31) - 1].each do |count|
        expect(described_class.murmur2(key, count)).to eq((java & 0x7fffffff) % count)
        expect(described_class.murmur2_random(key, count)).to eq((java & 0x7fffffff) % count)
        expect(described_class.consistent(key, count)).to eq(Zlib.crc32(key) % count)
        next unless go

        expect(described_class.fnv1a(key, count)).to eq(go % count)
        expect(described_class.fnv1a_random(key, count)).to eq(go % count)
      end
      expect(described_class.consistent_random(key, 9)).to eq(Zlib.crc32(key) % 9) unless key.empty?
    end
  end

  it "hashes all bytes, whatever the encoding" do
    keys = ["éé", "éé".b, "éé".encode("UTF-16LE"), "\xFF\x00"]

    expect(keys.map { |key| described_class.consistent(key, 1_000) }).to eq(keys.map { |key| Zlib.crc32(key) % 1_000 })
    expect(described_class.murmur2("éé", 1_000)).to eq(411)
  end

  it "hashes no key like an empty one" do
    picked = %i[consistent murmur2 fnv1a].map { |name| described_class.public_send(name, nil, 1_000) }

    expect(picked).to eq([0, 681, 35])
  end

  [[:random, "a"], [:random, nil], [:consistent_random, ""], [:consistent_random, nil], [:murmur2_random, nil],
   [:fnv1a_random, nil]].each do |name, key|
    it "picks any partition by #{name} for #{key.inspect}" do
      picked = Array.new(200) { described_class.public_send(name, key, 3) }

      expect(picked.uniq).to contain_exactly(0, 1, 2)
    end
  end

  it "can be reproduced where it picks any" do
    Random.srand(5)
    first = Array.new(5) { described_class.random(nil, 1_000) }
    Random.srand(5)

    expect(Array.new(5) { described_class.random(nil, 1_000) }).to eq(first)
  end

  it "takes what can be a String or an Integer" do
    key = Class.new { def to_str = "abc" }.new
    count = Class.new { def to_int = 1_000 }.new

    expect(described_class.murmur2(key, count)).to eq(107)
    expect(described_class.random(key, count)).to be_between(0, 999)
  end

  %i[random consistent consistent_random murmur2 murmur2_random fnv1a fnv1a_random].each do |name|
    [
      [1, 1, TypeError, "key has to be a String, not Integer"],
      [:a, 1, TypeError, "key has to be a String, not Symbol"],
      ["a", nil, TypeError, "partitions has to be an Integer, not NilClass"],
      ["a", 1.5, TypeError, "partitions has to be an Integer, not Float"],
      ["a", 0, ArgumentError, "partitions has to be at least 1, got 0"], [nil, 2**31, RangeError, /too big/]
    ].each do |key, partitions, error, text|
      it "lets #{name} refuse #{key.inspect} and #{partitions.inspect}", :untyped do
        expect { described_class.public_send(name, key, partitions) }.to raise_error(error, text)
      end
    end
  end
end
