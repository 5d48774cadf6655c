# frozen_string_literal: true

require "prism"

RSpec.describe "Comments of the API" do
  let(:files) { Dir[File.join(__dir__, "../../lib/**/*.rb")] }

  # @return [Hash{String => String}] comments of methods by place
  def comments_of(method)
    files.each_with_object({}) do |path, comments|
      lines = File.readlines(path)
      lines.each_index.select { |index| lines[index].match?(/^ *def #{method}/) }.each do |index|
        above = lines.first(index).reverse.take_while { |line| line.match?(/^ *#/) }
        comments["#{path}:#{index + 1}"] = above.reverse.join
      end
    end
  end

  # Like YARD, which takes a comment on the same line, or above it with an empty line between at most.
  #
  # @return [Array<String>] names of the classes and modules that a file documents
  def documented(path)
    parsed = Prism.parse_file(path)
    ends = parsed.comments.to_set { |comment| comment.location.end_line }
    ends.delete(1) # the magic comment
    visit = lambda do |node, namespace|
      own = [*namespace, node.constant_path.slice] if node.respond_to?(:constant_path) && node.respond_to?(:body)
      line = node.location.start_line
      found = own && ends.intersect?([line, line - 1, line - 2]) ? [own.join("::")] : []
      found + node.compact_child_nodes.flat_map { |child| visit.call(child, own || namespace) }
    end
    visit.call(parsed.value, [])
  end

  it "say of each method that waits with the GVL held that it does so", defect: 7 do
    comments = comments_of(/\w+_nb(?:_each)?\b/)

    expect(comments.size).to be > 4
    expect(comments.reject { |_, comment| comment.include?("GVL") }).to eq({})
  end

  it "document each class in one place, as YARD shows only one of several" do
    names = files.flat_map { |path| documented(path) }

    expect(names).to include("Rdkafka::Admin", "Rdkafka::Consumer", "Rdkafka::Config", "KarafkaNative")
    expect(names.tally.select { |_, count| count > 1 }).to eq({})
  end
end
