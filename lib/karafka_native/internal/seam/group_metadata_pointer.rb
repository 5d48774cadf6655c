# frozen_string_literal: true

module KarafkaNative
  module Internal
    # Points to group metadata and keeps it in memory as long as it is referred to itself.
    #
    # @private
    class GroupMetadataPointer < FFI::Pointer
      # @param metadata [Native::GroupMetadata]
      def initialize(metadata)
        @metadata = metadata
        super(metadata.address)
      end
    end
  end
end
