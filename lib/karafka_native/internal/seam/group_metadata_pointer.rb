# frozen_string_literal: true

module KarafkaNative
  module Internal
    # Points to group metadata, and keeps it alive as long as the pointer itself.
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
