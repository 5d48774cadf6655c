# frozen_string_literal: true

# The pages of the documentation, taken apart: blocks of code, headings and links.
module Pages
  ROOT = File.expand_path("../..", __dir__)

  # A fenced block of code, with what the comments in front of it say:
  #
  #   <!-- needs: kafka sasl ssl -->  real brokers, with these options; run by spec/kafka
  #   <!-- needs: karafka -->         the gems of Karafka; run by spec/karafka
  #   <!-- needs: gem async -->       a gem that not everybody has
  #   <!-- until: TEXT -->            it runs on until somebody presses Ctrl-C: done when it has printed TEXT
  #   <!-- before: CODE -->           runs before it, unseen by readers
  #   <!-- not run: REASON -->        only its syntax is checked
  #
  # A block of `text` right behind one of Ruby shows what that prints; `…` stands for anything.
  #
  # @!attribute page [Page]
  # @!attribute line [Integer] of its first line of code
  # @!attribute language [String]
  # @!attribute code [String]
  # @!attribute notes [Hash{String => String}]
  # @!attribute output [String, nil]
  Block = Struct.new(:page, :line, :language, :code, :notes, :output, keyword_init: true) do
    # @return [String] where it is
    def place = "#{page.name}:#{line}"

    # @return [Array<String>] words
    def needs = notes.fetch("needs", "").split
  end

  # A heading or a link.
  Place = Struct.new(:page, :line, :text) do
    # @return [String] what and where it is
    def to_s = "#{text} in #{page.name}:#{line}"
  end

  class << self
    # @return [Array<Page>] everything that is written for people
    def all
      @all ||= Dir.glob(%w[*.md docs/**/*.md examples/**/README.md], base: ROOT).sort.map { |name| Page.new(name) }
    end

    # @param language [String]
    # @return [Array<Block>]
    def blocks(language)
      all.flat_map(&:blocks).select { |block| block.language == language }
    end

    # @return [Array<Block>] the examples in the comments of `lib`. `VALUE #=> RESULT` fails unless that is the result
    def examples
      Dir.glob("lib/**/*.rb", base: ROOT).sort.flat_map do |name|
        lines = File.readlines(File.join(ROOT, name))
        starts = lines.each_index.select { |index| lines[index].match?(/\A *# @example\b/) }
        starts.map do |start|
          commented = lines.drop(start + 1).take_while { |line| line.match?(/\A *#   /) }
          code = commented.join.gsub(/^ *#   /, "").gsub(/^(.*) #=> (.*)$/, "(\\1) == (\\2) or abort('wrong result')")
          Block.new(page: Page.new(name, ""), line: start + 2, language: "ruby", code: code, notes: {})
        end
      end
    end
  end

  # One file.
  class Page
    NOTE = /\A\s*<!--\s*(needs|until|before|not run):\s*(.*?)\s*-->\s*\z/m
    FENCE = /\A\s*```(\w*)\s*\z/
    LINK = /!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^)\s]+)\)/
    private_constant :NOTE, :FENCE, :LINK

    # @return [String] path from the top folder
    attr_reader :name

    # @return [Array<Block>]
    attr_reader :blocks

    # @param name [String]
    # @param text [String]
    def initialize(name, text = File.read(File.join(ROOT, name)))
      @name = name
      @blocks = []
      @prose = []
      @notes = {}
      take_apart(text.lines.each_with_index.map { |line, index| [line, index + 1] })
    end

    # @return [Array<Place>] their targets
    def links
      paragraphs.flat_map do |text, number|
        places(text.gsub(/`[^`]*`/) { |code| "\n" * code.count("\n") }, number, LINK)
      end
    end

    # @return [Array<String>] what links to a part of this page may name, as GitHub makes them of headings
    def anchors
      seen = Hash.new(-1)
      @prose.filter_map do |line, _|
        text = line[/\A#+ (.*)/, 1] or next
        slug = text.downcase.gsub(/[^\p{Word}\- ]/, "").tr(" ", "-")
        count = (seen[slug] += 1)
        count.zero? ? slug : "#{slug}-#{count}"
      end
    end

    # @return [Array<Place>] texts between backticks
    def terms
      paragraphs.flat_map { |text, number| places(text, number, /`([^`]+)`/) }
    end

    private

    # Texts, each with the number of its first line.
    def paragraphs
      @prose.slice_when { |(line, _), _| line.strip.empty? }.map { |lines| [lines.map(&:first).join, lines.first.last] }
    end

    def places(text, number, pattern)
      text.to_enum(:scan, pattern).map do
        match = Regexp.last_match
        Place.new(self, number + match.pre_match.count("\n"), match[1])
      end
    end

    def take_apart(lines)
      while (line, number = lines.shift)
        if (language = line[FENCE, 1])
          add_block(language, number + 1, take_until(lines, FENCE))
        elsif line.match?(/\A\s*<!--/)
          comment = line.include?("-->") ? line : line + take_until(lines, /-->/, inclusive: true)
          note = comment.match(NOTE)
          @notes[note[1]] = note[2] if note
        else
          @prose << [line, number]
          @notes = {} unless line.strip.empty?
        end
      end
    end

    def take_until(lines, pattern, inclusive: false)
      taken = []
      taken << lines.shift.first until lines.empty? || lines.first.first.match?(pattern)
      last = lines.shift&.first
      taken << last if inclusive
      taken.join
    end

    def add_block(language, line, code)
      if language == "text" && @blocks.last&.language == "ruby" && @prose.last.first.strip.empty? && adjacent?(line)
        @blocks.last.output = code
      else
        @blocks << Block.new(page: self, line: line, language: language, code: code, notes: @notes)
      end
      @notes = {}
      @last_line = line + code.lines.size
    end

    # Whether only an empty line is between this block and the last one.
    def adjacent?(line) = line - @last_line <= 3
  end
end
