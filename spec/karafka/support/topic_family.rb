# frozen_string_literal: true

require "rdkafka"

# The topics of an application, which share the first part of their names.
TopicFamily = Struct.new(:bootstrap, :prefix) do
  # @return [Hash{String => Hash}] what the cluster says about each
  def all
    with_admin { |admin| described(admin) }
  end

  # @return [void]
  def delete
    with_admin { |admin| described(admin).each_key.map { |name| admin.delete_topic(name) }.each(&:wait) }
  end
  alias_method :close, :delete

  private

  def described(admin)
    admin.metadata.topics.to_h { |topic| [topic[:topic_name], topic] }.select { |name, _| name.start_with?(prefix) }
  end

  def with_admin
    admin = Rdkafka::Config.new("bootstrap.servers": bootstrap).admin
    yield admin
  ensure
    admin&.close
  end
end
